package storetest

import (
	"reflect"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestFillLeavesNoFieldZero(t *testing.T) {
	for _, v := range []any{&newsletter.Publication{}, &newsletter.Source{}, &newsletter.Article{}, &newsletter.Author{},
		&newsletter.Schedule{}, &newsletter.Issue{}, &newsletter.Run{}, &newsletter.Lane{}, &newsletter.Batch{},
		&newsletter.Subscriber{}, &newsletter.Suppression{}, &newsletter.Mail{}} {
		fill(v, 1)
		record := reflect.ValueOf(v).Elem()
		for i := range record.NumField() {
			if name := record.Type().Field(i).Name; name != "Rev" && record.Field(i).IsZero() {
				t.Errorf("%s.%s is zero", record.Type(), name)
			}
		}
	}
}

func TestSameSeesEveryDifference(t *testing.T) {
	var a newsletter.Lane
	fill(&a, 1)
	for i := range reflect.TypeFor[newsletter.Lane]().NumField() {
		b := a
		reflect.ValueOf(&b).Elem().Field(i).SetZero()
		field := reflect.TypeFor[newsletter.Lane]().Field(i).Name
		if field != "Rev" && same(a, b) {
			t.Errorf("a lane without %s counts as the same", field)
		}
	}
	if !same(newsletter.Lane{Retries: []newsletter.Retry{}}, newsletter.Lane{}) {
		t.Error("an empty list is not like none")
	}
}
