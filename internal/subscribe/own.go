package subscribe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// perDay is how many links to their own data a reader gets in a day, of each kind.
const perDay = 3

// AskExport mails the reader, at the address on record, a link to all that is held
// about them: the preferences link alone, which may have been forwarded, is not
// enough. Where they have asked too often today, nothing is mailed and nothing is
// said. It fails as Preferences does.
func (s *Subscribers) AskExport(ctx context.Context, tok string) (newsletter.Subscriber, error) {
	return s.askOwn(ctx, tok, newsletter.LetterExport, token.Export, newsletter.ExportPath)
}

// AskErase is like AskExport, for a link that erases.
func (s *Subscribers) AskErase(ctx context.Context, tok string) (newsletter.Subscriber, error) {
	return s.askOwn(ctx, tok, newsletter.LetterErase, token.Erase, newsletter.ErasePath)
}

func (s *Subscribers) askOwn(ctx context.Context, tok string, kind newsletter.Letter, purpose token.Purpose, path string) (newsletter.Subscriber, error) {
	reader, err := s.reader(ctx, tok, token.Preferences)
	if err != nil {
		return reader, err
	}
	if reader.Status == newsletter.Bounced || reader.Status == newsletter.Complained {
		return reader, fmt.Errorf("mail a subscriber who is %s: %w", reader.Status, newsletter.ErrConflict)
	}
	ok, err := s.Store.Allow(ctx, string(kind), reader.ID.String(), perDay, 24*time.Hour, s.Now())
	if err != nil || !ok {
		return reader, err
	}
	return reader, s.write(ctx, &reader, kind, path, s.link(purpose, &reader, token.ConfirmTTL))
}

// PeekOwn reads whose the link is, changing nothing. It fails as Peek does, also
// where the link was revoked.
func (s *Subscribers) PeekOwn(ctx context.Context, tok string, purpose token.Purpose) (newsletter.Subscriber, error) {
	return s.reader(ctx, tok, purpose)
}

// Own is all that is held about a reader. The form of its JSON is for them to read.
type Own struct {
	Publication string      `json:"publication"`
	At          time.Time   `json:"exportedAt"`
	Reader      OwnRecord   `json:"subscriber"`
	Consent     OwnConsent  `json:"consent"`
	Suppression *OwnStop    `json:"suppression,omitempty"` // what keeps the address from being mailed
	Earlier     []OwnRecord `json:"earlierAddresses,omitempty"`
	Sent        []OwnCopy   `json:"sent,omitempty"` // in the last 90 days, the latest first
}

// OwnRecord is a Subscriber as its owner sees it.
type OwnRecord struct {
	ID          string     `json:"id"` // the hash that links and lists of what was sent contain
	Address     string     `json:"address"`
	Name        string     `json:"name,omitempty"`
	Status      string     `json:"status"`
	Schedules   []string   `json:"schedules,omitempty"` // none: every one
	Topics      []string   `json:"topics,omitempty"`    // none: every one
	Tags        []string   `json:"tags,omitempty"`
	Language    string     `json:"language,omitempty"`
	Zone        string     `json:"timeZone,omitempty"`
	PausedUntil *time.Time `json:"pausedUntil,omitempty"`
	CreatedAt   *time.Time `json:"createdAt,omitempty"`
	ConfirmedAt *time.Time `json:"confirmedAt,omitempty"`
	ChangedAt   *time.Time `json:"statusChangedAt,omitempty"`
	WelcomedAt  *time.Time `json:"welcomedAt,omitempty"`
	LeaveReason string     `json:"leaveReason,omitempty"`
}

// OwnConsent is the proof of consent.
type OwnConsent struct {
	At      *time.Time `json:"at,omitempty"`
	Origin  string     `json:"origin"`
	Wording string     `json:"wording"`
}

// OwnCopy is an Issue that was mailed to the reader, or was not.
type OwnCopy struct {
	Issue   string    `json:"issue"`
	URL     string    `json:"url"`
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
}

// booksKept is for how long DynamoDB keeps the books of a Run.
const booksKept = 90 * 24 * time.Hour

// OwnStop is a Suppression.
type OwnStop struct {
	Reason string    `json:"reason"`
	Detail string    `json:"detail,omitempty"`
	At     time.Time `json:"at"`
}

// Export reads all that is held about the reader whom the link was mailed to. It
// fails as PeekOwn does.
func (s *Subscribers) Export(ctx context.Context, tok string) (Own, error) {
	reader, err := s.reader(ctx, tok, token.Export)
	if err != nil {
		return Own{}, err
	}
	p, err := s.Publication(ctx)
	if err != nil {
		return Own{}, err
	}
	own := Own{Publication: p.Name, At: s.Now().UTC(), Reader: record(&reader),
		Consent: OwnConsent{instant(reader.Consent.At), reader.Consent.Origin, reader.Consent.Wording}}
	known, suppressed, err := s.suppression(ctx, reader.ID)
	if err != nil {
		return own, err
	}
	if suppressed {
		own.Suppression = &OwnStop{string(known.Reason), known.Detail, known.At}
	}
	readers := []newsletter.Subscriber{reader}
	err = s.earlier(ctx, &reader, func(old *newsletter.Subscriber) error {
		own.Earlier, readers = append(own.Earlier, record(old)), append(readers, *old)
		return nil
	})
	if err == nil && s.Books != nil {
		own.Sent, err = s.copies(ctx, &p, readers)
	}
	return own, err
}

func (s *Subscribers) copies(ctx context.Context, p *newsletter.Publication, readers []newsletter.Subscriber) ([]OwnCopy, error) {
	var sent []OwnCopy
	for i := range readers {
		copies, err := s.Books.Copies(ctx, readers[i].ID, s.Now().Add(-booksKept))
		if err != nil {
			return nil, err
		}
		for _, c := range copies {
			sent = append(sent, OwnCopy{c.Issue, p.IssueURL(c.Issue), c.At, string(c.Outcome)})
		}
	}
	slices.SortStableFunc(sent, func(a, b OwnCopy) int { return b.At.Compare(a.At) })
	return sent, nil
}

func record(r *newsletter.Subscriber) OwnRecord {
	return OwnRecord{ID: r.ID.String(), Address: string(r.Address), Name: r.Name, Status: string(r.Status), Schedules: r.Schedules, Topics: r.Topics, Tags: r.Tags,
		Language: r.Language, Zone: r.Zone, PausedUntil: instant(r.PausedUntil), CreatedAt: instant(r.CreatedAt), ConfirmedAt: instant(r.ConfirmedAt),
		ChangedAt: instant(r.ChangedAt), WelcomedAt: instant(r.WelcomedAt), LeaveReason: string(r.LeaveReason)}
}

// instant is nil for a time that is not set.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// maxMoves is how many moves are followed back.
const maxMoves = 20

// earlier calls each for the records that the reader has moved away from.
func (s *Subscribers) earlier(ctx context.Context, reader *newsletter.Subscriber, each func(*newsletter.Subscriber) error) error {
	at := *reader
	for range maxMoves {
		if at.MovedFrom.IsZero() {
			return nil
		}
		old, err := s.Store.Subscriber(ctx, at.MovedFrom)
		if errors.Is(err, newsletter.ErrNotFound) || err == nil && old.MovedTo != at.ID {
			return nil // erased, or somebody else's by now
		}
		if err != nil {
			return err
		}
		if err := each(&old); err != nil {
			return err
		}
		at = old
	}
	return nil
}

// erased is the Detail of a Suppression that is left of somebody erased.
const erased = "erased on request"

// Erase forgets the reader whom the link was mailed to, at earlier addresses too. What
// stays is a Suppression of each, which holds a hash and no address: it keeps imports
// from bringing them back. It comes first, and the record itself goes last, so that
// whoever dies on the way leaves a link that goes on with it. Erasing twice is not an
// error. It fails with token.ErrForged, also where the link was revoked, and
// token.ErrExpired.
func (s *Subscribers) Erase(ctx context.Context, tok string) error {
	for {
		reader, err := s.reader(ctx, tok, token.Erase)
		if errors.Is(err, newsletter.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		err = s.forget(ctx, &reader)
		if !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

// bar notes that the reader is being erased, and tells since when. A graver reason that
// is there stays.
func (s *Subscribers) bar(ctx context.Context, reader *newsletter.Subscriber) (time.Time, error) {
	for {
		known, suppressed, err := s.suppression(ctx, reader.ID)
		if err != nil {
			return time.Time{}, err
		}
		if !suppressed {
			known.Note(newsletter.Unsubscribed, erased, s.Now())
		}
		if !known.Erase(reader.CreatedAt, s.Now()) {
			return known.ErasedAt, nil
		}
		if err := s.Store.SaveSuppression(ctx, &known); !errors.Is(err, newsletter.ErrConflict) {
			return known.ErasedAt, err
		}
	}
}

func (s *Subscribers) forget(ctx context.Context, reader *newsletter.Subscriber) error {
	gone := []newsletter.Subscriber{*reader}
	err := s.earlier(ctx, reader, func(old *newsletter.Subscriber) error {
		gone = append(gone, *old)
		return nil
	})
	if err != nil {
		return err
	}
	for i := len(gone) - 1; i >= 0; i-- {
		since, err := s.bar(ctx, &gone[i])
		if err != nil {
			return err
		}
		if e, told := newsletter.Erased(&gone[i], since); told {
			s.tell(ctx, e)
		}
		if err := s.Store.DeleteSubscriber(ctx, &gone[i]); err != nil {
			return err
		}
	}
	return nil
}
