package ses_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestAProbeGoesToTheSimulatorOnly(t *testing.T) {
	f := startFake(t)
	if err := f.mailer().Probe(t.Context(), &mailtest.Publication, "probe", 1_960_000); err != nil {
		t.Fatal(err)
	}
	all := f.accepted()
	if len(all) != 1 || len(all[0].BulkEmailEntries) != 1 || all[0].ConfigurationSetName != "masthead" {
		t.Fatalf("%+v", all)
	}
	entry := all[0].BulkEmailEntries[0]
	if to := entry.Destination.ToAddresses; len(to) != 1 || to[0] != "success@simulator.amazonses.com" {
		t.Errorf("to %v", to)
	}
	tags := map[string]string{}
	for _, tag := range entry.ReplacementTags {
		tags[tag.Name] = tag.Value
	}
	for name, want := range map[string]string{feedback.TagRun: "probe", feedback.TagLane: "0", feedback.TagSeq: "1960000", feedback.TagIndex: "0"} {
		if tags[name] != want {
			t.Errorf("tag %s is %q, want %q", name, tags[name], want)
		}
	}
}

func TestAProbeThatIsRefusedIsAnError(t *testing.T) {
	f := startFake(t)
	f.answer = func(_ int, w http.ResponseWriter, r *bulk) {
		f.accept(w, r, map[int]result{0: {Status: "MESSAGE_REJECTED", Error: "no"}})
	}
	if err := f.mailer().Probe(t.Context(), &mailtest.Publication, "probe", 1); !errors.Is(err, newsletter.ErrInvalid) {
		t.Errorf("%v", err)
	}
}
