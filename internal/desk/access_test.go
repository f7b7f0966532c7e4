package desk

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
)

const (
	editor   = newsletter.Address("ada@example.org")
	operator = newsletter.Address("Olga@example.org")
	stranger = newsletter.Address("eve@example.org")
	token    = "an-editor's-long-token"
)

var monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

// door is an Access over a real store, whose mail is kept.
type door struct {
	*Access
	store *sqlite.Store
	now   time.Time
	mail  []newsletter.Message
	shown []string // link, code, link, code …
	down  error
}

func newDoor(t testing.TB) *door {
	t.Helper()
	store := sqlitetest.Open(t)
	renderer, err := render.New()
	must(t, err)
	d := &door{store: store, now: monday}
	d.Access = &Access{Store: store, Mail: d, Render: renderer, Now: func() time.Time { return d.now }, Token: token,
		Editors: []newsletter.Address{editor}, Operators: []newsletter.Address{operator},
		Publication: func(context.Context) (newsletter.Publication, error) {
			return newsletter.Publication{Name: "The Lantern Post", BaseURL: "https://news.example.org"}, nil
		},
		Show: func(_ newsletter.Address, link, code string) { d.shown = append(d.shown, link, code) }}
	return d
}

func (d *door) Post(_ context.Context, m *newsletter.Message) error {
	if d.down == nil {
		d.mail = append(d.mail, *m)
	}
	return d.down
}

// asked is a sign-in as its mail has it.
func (d *door) asked(t *testing.T, address newsletter.Address) (id, link, code string) {
	t.Helper()
	id, err := d.Ask(t.Context(), string(address), "192.0.2.1")
	must(t, err)
	link, code = d.shown[len(d.shown)-2], d.shown[len(d.shown)-1]
	return id, strings.TrimPrefix(link, "https://news.example.org"+SignInPath), code
}

func (d *door) trail(t *testing.T) (lines []string) {
	t.Helper()
	actions, err := d.store.Actions(t.Context(), "", 100)
	must(t, err)
	for _, a := range actions {
		lines = append(lines, a.Who+" "+a.What+" "+a.Record)
	}
	return lines
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestALinkLetsInOnce(t *testing.T) {
	d := newDoor(t)
	_, link, code := d.asked(t, "ADA@example.org")
	if m := d.mail[0]; m.To != "ADA@example.org" || !strings.Contains(m.Text, link) || !strings.Contains(m.Text, code[:3]+" "+code[3:]) {
		t.Fatalf("%+v", m)
	}
	if who, err := d.Peek(t.Context(), link); err != nil || who != "ADA@example.org" {
		t.Fatalf("%s, %v", who, err)
	}
	cookie, err := d.ByLink(t.Context(), link, "Firefox")
	must(t, err)
	p, err := d.Who(t.Context(), "", cookie)
	if err != nil || p.Who != "ADA@example.org" || p.Role != newsletter.RoleEditor || p.Session == "" {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := d.ByLink(t.Context(), link, "Thief"); !errors.Is(err, ErrUsed) {
		t.Errorf("the link again: %v", err)
	}
	if _, err := d.Peek(t.Context(), link); !errors.Is(err, ErrUsed) {
		t.Errorf("a look at the used link: %v", err)
	}
	if trail := d.trail(t); len(trail) != 1 || trail[0] != "ADA@example.org signed in " {
		t.Errorf("trail %q", trail)
	}
}

func TestOfManyWhoPressTheButtonOneGetsIn(t *testing.T) {
	d := newDoor(t)
	_, link, _ := d.asked(t, editor)
	var in int
	var lock sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := d.ByLink(t.Context(), link, "")
			lock.Lock()
			defer lock.Unlock()
			if err == nil {
				in++
			} else if !errors.Is(err, ErrUsed) {
				t.Error(err)
			}
		})
	}
	if all.Wait(); in != 1 {
		t.Errorf("%d got in", in)
	}
}

func TestWhatDoesNotLetIn(t *testing.T) {
	for _, c := range []struct {
		name string
		try  func(d *door, id, link, code string) error
		want error
	}{
		{"a link that has run out", func(d *door, _, link, _ string) error {
			d.now = d.now.Add(newsletter.SignInTTL)
			return second(d.ByLink(context.Background(), link, ""))
		}, ErrUsed},
		{"a link with another key", func(d *door, id, _, _ string) error {
			return second(d.ByLink(context.Background(), id+".ANOTHERKEY", ""))
		}, ErrUsed},
		{"a link of nothing", func(d *door, _, _, _ string) error { return second(d.ByLink(context.Background(), "", "")) }, ErrUsed},
		{"the link of an editor who is off the list since", func(d *door, _, link, _ string) error {
			d.Editors = nil
			return second(d.ByLink(context.Background(), link, ""))
		}, ErrUsed},
		{"other digits", func(d *door, id, _, code string) error {
			return second(d.ByCode(context.Background(), id, flip(code), "n", ""))
		}, ErrWrongCode},
		{"the digits of another sign-in", func(d *door, _, _, code string) error {
			id, err := d.Ask(context.Background(), string(stranger), "n")
			return errors.Join(err, second(d.ByCode(context.Background(), id, code, "n", "")))
		}, ErrWrongCode},
		{"the right digits after five wrong ones", func(d *door, id, _, code string) error {
			for range 5 {
				_, _ = d.ByCode(context.Background(), id, flip(code), "n", "")
			}
			return second(d.ByCode(context.Background(), id, code, "n", ""))
		}, ErrUsed},
		{"guessing at many sign-ins from one network", func(d *door, _, _, code string) error {
			var err error
			for range codesPerNetwork + 1 {
				_, err = d.ByCode(context.Background(), "any", code, "n", "")
			}
			return err
		}, ErrTooMany},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDoor(t)
			id, link, code := d.asked(t, editor)
			if err := c.try(d, id, link, code); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if open, err := d.store.Sessions(t.Context(), d.now); err != nil || len(open) > 0 {
				t.Errorf("sessions %v, %v", open, err)
			}
		})
	}
}

func second(_ string, err error) error { return err }

func flip(code string) string { return string('0'+('9'-code[0])) + code[1:] }

func TestTheCodeLetsInOnAnotherDevice(t *testing.T) {
	d := newDoor(t)
	id, link, code := d.asked(t, operator)
	cookie, err := d.ByCode(t.Context(), id, code[:3]+" "+code[3:], "n", "A phone")
	must(t, err)
	if p, err := d.Who(t.Context(), "", cookie); err != nil || p.Role != newsletter.RoleOperator {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := d.ByLink(t.Context(), link, ""); !errors.Is(err, ErrUsed) {
		t.Errorf("the link after the code: %v", err)
	}
}

// TestTheAnswerTellsNotWhoIsListed compares what a listed address gets with what
// anybody gets.
func TestTheAnswerTellsNotWhoIsListed(t *testing.T) {
	d := newDoor(t)
	known, err1 := d.Ask(t.Context(), string(editor), "n")
	unknown, err2 := d.Ask(t.Context(), string(stranger), "n")
	if err1 != nil || err2 != nil || len(known) != len(unknown) || known == unknown {
		t.Errorf("%q, %v and %q, %v", known, err1, unknown, err2)
	}
	if len(d.mail) != 1 {
		t.Errorf("%d mails", len(d.mail))
	}
	d.down = newsletter.ErrUnavailable
	if id, err := d.Ask(t.Context(), string(editor), "n"); id == "" || !errors.Is(err, ErrNotMailed) {
		t.Errorf("%q, %v: the page must show the same", id, err)
	}
	for range asksPerAddress {
		if id, err := d.Ask(t.Context(), string(editor), "n"); id == "" || err != nil && !errors.Is(err, ErrNotMailed) {
			t.Errorf("%q, %v", id, err)
		}
	}
	if _, err := d.Ask(t.Context(), "no address", "n"); !errors.Is(err, newsletter.ErrInvalid) {
		t.Error(err)
	}
	var err error
	for range asksPerNetwork {
		_, err = d.Ask(t.Context(), string(stranger), "n")
	}
	if !errors.Is(err, ErrTooMany) {
		t.Error(err)
	}
}

func TestASessionEndsByMoreThanItsTime(t *testing.T) {
	for name, end := range map[string]func(d *door, p Person) error{
		"sign-out":                    func(d *door, p Person) error { return d.Leave(context.Background(), p) },
		"its time":                    func(d *door, _ Person) error { d.now = d.now.Add(newsletter.SessionTTL); return nil },
		"the address is off the list": func(d *door, _ Person) error { d.Editors = nil; return nil },
		"an operator ends it": func(d *door, p Person) error {
			return d.EndSession(context.Background(), Person{Who: string(operator), Role: newsletter.RoleOperator}, p.Session)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			_, link, _ := d.asked(t, editor)
			cookie, err := d.ByLink(t.Context(), link, "")
			must(t, err)
			p, err := d.Who(t.Context(), "", cookie)
			must(t, err)
			must(t, end(d, p))
			if p, err := d.Who(t.Context(), "", cookie); !errors.Is(err, ErrNobody) {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}

func TestAnEditorDoesNotEndOthersSessions(t *testing.T) {
	d := newDoor(t)
	_, link, _ := d.asked(t, operator)
	cookie, err := d.ByLink(t.Context(), link, "")
	must(t, err)
	boss, err := d.Who(t.Context(), "", cookie)
	must(t, err)
	ada := Person{Who: string(editor), Role: newsletter.RoleEditor}
	if err := d.EndSession(t.Context(), ada, boss.Session); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
	mine, err := d.Sessions(t.Context(), ada)
	if err != nil || len(mine) != 0 {
		t.Errorf("%v, %v", mine, err)
	}
	if all, err := d.Sessions(t.Context(), boss); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestTokens(t *testing.T) {
	d := newDoor(t)
	boss := Person{Who: string(operator), Role: newsletter.RoleOperator}
	if _, _, err := d.NewToken(t.Context(), Person{Role: newsletter.RoleEditor}, "x", newsletter.RoleRead); !errors.Is(err, ErrForbidden) {
		t.Errorf("an editor made a token: %v", err)
	}
	made, secret, err := d.NewToken(t.Context(), boss, "the website", newsletter.RoleRead)
	must(t, err)
	p, err := d.Who(t.Context(), secret, "")
	if err != nil || p.Role != newsletter.RoleRead || p.Who != "token the website" || p.May(newsletter.RoleEditor) == nil {
		t.Errorf("%+v, %v", p, err)
	}
	for _, wrong := range []string{secret + "x", "masthead_" + made.ID + "_", made.Hash, "x"} {
		if _, err := d.Who(t.Context(), wrong, ""); !errors.Is(err, ErrNobody) {
			t.Errorf("%q lets in: %v", wrong, err)
		}
	}
	if stored, err := d.Store.APIToken(t.Context(), made.ID); err != nil || !stored.Used.Equal(d.Now()) {
		t.Errorf("used %s, %v", stored.Used, err)
	}
	must(t, d.RevokeToken(t.Context(), boss, made.ID))
	must(t, d.RevokeToken(t.Context(), boss, made.ID))
	if _, err := d.Who(t.Context(), secret, ""); !errors.Is(err, ErrNobody) {
		t.Errorf("a revoked token lets in: %v", err)
	}
	if p, err := d.Who(t.Context(), token, ""); err != nil || p.Role != newsletter.RoleOperator {
		t.Errorf("the token of the settings: %+v, %v", p, err)
	}
	trail := strings.Join(d.trail(t), "\n")
	if strings.Contains(trail, secret) || strings.Count(trail, "revoked a token") != 1 || !strings.Contains(trail, "made a token token the website") {
		t.Errorf("trail:\n%s", trail)
	}
}

func TestTheFirstLink(t *testing.T) {
	d := newDoor(t)
	link, err := d.Link(t.Context(), string(operator), newsletter.ByInvocation)
	must(t, err)
	if cookie, err := d.ByLink(t.Context(), strings.TrimPrefix(link, "https://news.example.org"+SignInPath), ""); err != nil || cookie == "" {
		t.Error(err)
	}
	if _, err := d.Link(t.Context(), string(stranger), newsletter.ByInvocation); !errors.Is(err, newsletter.ErrInvalid) || !strings.Contains(err.Error(), "MASTHEAD_EDITORS") {
		t.Error(err)
	}
}
