package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Publication reads the magazine.
func (s *Store) Publication(ctx context.Context) (newsletter.Publication, error) {
	return s.publications.get(ctx, s, 1)
}

// SavePublication saves the magazine.
func (s *Store) SavePublication(ctx context.Context, p *newsletter.Publication) error {
	return s.publications.save(ctx, s, p, &p.Rev)
}

// Source reads one source.
func (s *Store) Source(ctx context.Context, id string) (newsletter.Source, error) {
	return s.sources.get(ctx, s, id)
}

// SaveSource saves a source.
func (s *Store) SaveSource(ctx context.Context, v *newsletter.Source) error {
	return s.sources.save(ctx, s, v, &v.Rev)
}

// Sources lists all sources by id.
func (s *Store) Sources(ctx context.Context) ([]newsletter.Source, error) {
	return s.sources.list(ctx, s, "ORDER BY id")
}

// Author reads one author.
func (s *Store) Author(ctx context.Context, key string) (newsletter.Author, error) {
	return s.authors.get(ctx, s, key)
}

// SaveAuthor saves an author.
func (s *Store) SaveAuthor(ctx context.Context, a *newsletter.Author) error {
	return s.authors.save(ctx, s, a, &a.Rev)
}

// Authors lists authors by place.
func (s *Store) Authors(ctx context.Context, after string, limit int) ([]newsletter.Author, error) {
	return s.authors.list(ctx, s, "WHERE place > ? ORDER BY place LIMIT ?", after, limit)
}

// Schedule reads one schedule.
func (s *Store) Schedule(ctx context.Context, id string) (newsletter.Schedule, error) {
	return s.schedules.get(ctx, s, id)
}

// SaveSchedule saves a schedule.
func (s *Store) SaveSchedule(ctx context.Context, v *newsletter.Schedule) error {
	return s.schedules.save(ctx, s, v, &v.Rev)
}

// Schedules lists all schedules by id.
func (s *Store) Schedules(ctx context.Context) ([]newsletter.Schedule, error) {
	return s.schedules.list(ctx, s, "ORDER BY id")
}

// Issue reads one issue.
func (s *Store) Issue(ctx context.Context, id string) (newsletter.Issue, error) {
	return s.issues.get(ctx, s, id)
}

// SaveIssue saves an issue.
func (s *Store) SaveIssue(ctx context.Context, i *newsletter.Issue) error {
	return s.issues.save(ctx, s, i, &i.Rev)
}

// Issues lists the newest issues.
func (s *Store) Issues(ctx context.Context, limit int) ([]newsletter.Issue, error) {
	return s.issues.list(ctx, s, "ORDER BY created_at DESC, id DESC LIMIT ?", limit)
}

// IssuesBefore lists the newest issues before a place.
func (s *Store) IssuesBefore(ctx context.Context, before string, limit int) ([]newsletter.Issue, error) {
	if before == "" {
		return s.Issues(ctx, limit)
	}
	created, id, err := newsletter.ParseIssuePlace(before)
	if err != nil {
		return nil, err
	}
	return s.issues.list(ctx, s, "WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?", instant{&created}, id, limit)
}

// Mail reads the rendered mail of an issue.
func (s *Store) Mail(ctx context.Context, issue, variant string) (newsletter.Mail, error) {
	return s.mails.get(ctx, s, issue, variant)
}

// SaveMail saves the rendered mail of an issue, in place of an earlier one.
func (s *Store) SaveMail(ctx context.Context, m *newsletter.Mail) error {
	_, err := s.exec(ctx, "save mail", "REPLACE INTO mail (issue, variant, language, subject, html, plain) VALUES (?, ?, ?, ?, ?, ?)", s.mails.at(m)...)
	return err
}

// Quota reads what the mail provider said last.
func (s *Store) Quota(ctx context.Context) (newsletter.Quota, error) {
	return s.quotas.get(ctx, s, 1)
}

// SaveQuota saves it.
func (s *Store) SaveQuota(ctx context.Context, q *newsletter.Quota) error {
	return s.quotas.save(ctx, s, q, &q.Rev)
}

// Suppression reads one suppression.
func (s *Store) Suppression(ctx context.Context, id newsletter.SubscriberID) (newsletter.Suppression, error) {
	return s.suppressions.get(ctx, s, id.String())
}

// SaveSuppression saves a suppression.
func (s *Store) SaveSuppression(ctx context.Context, v *newsletter.Suppression) error {
	return s.suppressions.save(ctx, s, v, &v.Rev)
}

// SaveSuppressed saves all in one transaction, with one sync to the disk.
func (s *Store) SaveSuppressed(ctx context.Context, sup *newsletter.Suppression, sub *newsletter.Subscriber, note *newsletter.Action, issue string, calls []newsletter.Call) error {
	told, err := s.savingCalls(ctx, calls)
	if err != nil {
		return err
	}
	first, err := s.suppressions.saving(sup, sup.Rev)
	if err != nil {
		return err
	}
	second, err := s.subscribers.saving(sub, sub.Rev)
	if err != nil {
		return err
	}
	all := append(told, first, second)
	if issue != "" {
		all = append(all, &write{text: countIfChanged, args: []any{issue, newsletter.MetricUnsubscribed}})
	}
	entry := &write{text: s.actions.insert, args: s.actions.at(note)}
	if err := s.run(ctx, "save suppression and subscriber", inOrder(append(all, entry))); err != nil {
		return err
	}
	faults := []error{s.suppressions.saved(s, first, &sup.Rev), s.subscribers.saved(s, second, &sub.Rev), s.explain("write the audit trail", entry.err)}
	for _, w := range told {
		faults = append(faults, s.explain("save call", w.err))
	}
	return errors.Join(faults...)
}

// countIfChanged counts one if the statement before it has changed something.
const countIfChanged = "INSERT INTO counter (issue, metric, n) SELECT ?1, ?2, 1 WHERE changes() > 0 ON CONFLICT DO UPDATE SET n = n + 1"

// AddSuppressions adds those that are not there yet, all in one transaction.
func (s *Store) AddSuppressions(ctx context.Context, list []newsletter.Suppression) (added int, err error) {
	err = s.transact(ctx, "add suppressions", func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, s.suppressions.insertRows(1))
		if err != nil {
			return err
		}
		defer insert.Close()
		for i := range list {
			values, err := s.suppressions.values(nil, &list[i])
			if err != nil {
				return err
			}
			values[len(values)-1] = int64(1)
			result, err := insert.ExecContext(ctx, values...)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// SuppressionsAfter reads the next page of a walk.
func (s *Store) SuppressionsAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Suppression, error) {
	low, high := walkBounds(from, to, after)
	return s.suppressions.list(ctx, s, "WHERE id > ? AND id < ? ORDER BY id LIMIT ?", low, high, limit)
}

// LiftSuppression removes a suppression if there is one.
func (s *Store) LiftSuppression(ctx context.Context, id newsletter.SubscriberID) error {
	_, err := s.exec(ctx, "lift suppression", "DELETE FROM suppression WHERE id = ?", id.String())
	return err
}
