package subscribe

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/address"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// maxLines is how many lines of a file one row may take. A quotation mark that is
// never closed would swallow the rest of the file.
const maxLines = 200

// entry reads a row, but for the id of a reader with an address.
func (im *importer) entry(cells []string) (row, error) {
	c := &im.table.columns
	if lines := linesOf(cells); lines > maxLines {
		return row{}, fmt.Errorf("a quotation mark opens here that is not closed for %d lines, none of which was read: %w", lines, newsletter.ErrInvalid)
	}
	if hash := c.cell(cells, columnID); hash != "" && c.cell(cells, columnAddress) == "" {
		return im.erased(hash, cells)
	}
	address, err := address.Parse(c.cell(cells, columnAddress))
	if err != nil {
		return row{}, err
	}
	status, leftAt, err := c.status(cells)
	if err != nil {
		return row{}, err
	}
	at, err := c.consentAt(cells, im.now)
	if err != nil {
		return row{}, err
	}
	r := row{sub: newsletter.Subscriber{Address: address, Name: c.name(cells), Status: status,
		Language: c.cell(cells, columnLanguage), Zone: c.cell(cells, columnZone),
		Schedules: list(c.cell(cells, columnSchedules)), Topics: list(c.cell(cells, columnTopics)), Tags: list(c.cell(cells, columnTags)),
		Consent:   newsletter.Consent{At: at, Origin: cmp.Or(c.cell(cells, columnSource), im.Origin), Wording: c.cell(cells, columnWording)},
		CreatedAt: im.now, ConfirmedAt: at, ChangedAt: at}}
	if status != newsletter.Active {
		r.sub.ChangedAt = im.now
		if !leftAt.IsZero() {
			r.sub.ChangedAt = earlier(leftAt, im.now)
		}
		r.sup = newsletter.Suppression{Reason: status, At: r.sub.ChangedAt}
	}
	if c.ours() {
		err = im.restore(&r, cells)
	}
	return r, err
}

// restore reads what only our own Export knows.
func (im *importer) restore(r *row, cells []string) error {
	c := &im.table.columns
	for at, to := range map[column]*time.Time{columnConsented: &r.sub.Consent.At, columnConfirmed: &r.sub.ConfirmedAt, columnCreated: &r.sub.CreatedAt, columnChanged: &r.sub.ChangedAt, columnPaused: &r.sub.PausedUntil} {
		text := c.cell(cells, at)
		date, err := parseDate(text)
		if text != "" && err != nil {
			return err
		}
		*to = date
	}
	r.sub.LeaveReason = newsletter.LeaveReason(c.cell(cells, columnLeaveReason))
	for at, to := range map[column]*newsletter.SubscriberID{columnMovedTo: &r.sub.MovedTo, columnMovedFrom: &r.sub.MovedFrom} {
		if text := c.cell(cells, at); text != "" {
			id, err := newsletter.ParseSubscriberID(text)
			if err != nil {
				return err
			}
			*to = id
		}
	}
	if text := c.cell(cells, columnVersion); text != "" {
		version, err := strconv.Atoi(text)
		if err != nil || version < 0 {
			return fmt.Errorf("token_version %q: expected a number: %w", text, newsletter.ErrInvalid)
		}
		r.sub.TokenVersion = version
	}
	if r.sub.Status == newsletter.Pending && r.sub.Expired(im.now) {
		return fmt.Errorf("the sign-up of %s was not confirmed in time; who has not confirmed must sign up again: %w", r.sub.ChangedAt.Format(time.DateOnly), newsletter.ErrInvalid)
	}
	var err error
	r.sup, err = im.suppression(cells)
	if r.sup.Reason != "" && r.sub.Status == newsletter.Active {
		r.sub.Status = r.sup.Reason
	}
	return err
}

// suppression reads what stands against a reader.
func (im *importer) suppression(cells []string) (newsletter.Suppression, error) {
	c := &im.table.columns
	s := newsletter.Suppression{Reason: newsletter.Status(c.cell(cells, columnSuppressed)), Detail: c.cell(cells, columnSuppressedWhy)}
	switch s.Reason {
	case "":
		return newsletter.Suppression{}, nil
	case newsletter.Unsubscribed, newsletter.Bounced, newsletter.Complained:
	default:
		return s, fmt.Errorf("suppressed %q: expected unsubscribed, bounced or complained: %w", s.Reason, newsletter.ErrInvalid)
	}
	at, err := parseDate(c.cell(cells, columnSuppressedAt))
	s.At = earlier(at, im.now)
	return s, err
}

// erased reads the hash of an address. It says something only where the pepper is the
// one that it was made with.
func (im *importer) erased(hash string, cells []string) (row, error) {
	print, id, _ := strings.Cut(hash, ":")
	if print != newsletter.PepperPrint(im.Pepper) {
		return row{}, fmt.Errorf("the hash of an erased reader was made with the pepper of another installation: take its secrets along: %w", newsletter.ErrInvalid)
	}
	sup, err := im.suppression(cells)
	if err != nil {
		return row{}, err
	}
	if sup.ID, err = newsletter.ParseSubscriberID(id); err == nil && sup.Reason == "" {
		err = fmt.Errorf("an erased reader without a reason: %w", newsletter.ErrInvalid)
	}
	return row{sup: sup}, err
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}

// linesOf is how many lines of the file a row takes, roughly.
func linesOf(cells []string) int {
	lines := 1
	for _, cell := range cells {
		lines += strings.Count(cell, "\n")
	}
	return lines
}
