// Package storetest holds the contract that every store keeps, as one suite that
// runs on each of them: SQLite on a laptop, DynamoDB on AWS. A stage that passes
// its tests over one store behaves the same over the other.
package storetest

import (
	"context"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Store is everything that the stages ask of a store, in one place. Each stage
// declares the few methods it needs for itself; this is their sum.
//
// All methods may be called from several goroutines and processes at once.
//
// A getter returns an error that wraps newsletter.ErrNotFound where there is no
// such record. A Save writes only if the stored Rev is the record's Rev (0: there
// is none), then raises Rev in both; else it fails with newsletter.ErrConflict and
// changes nothing. What a Save or any other write has returned nil for survives
// the death of the process; a Lane, a Batch and a Run also survive power loss.
// Times come back cut to the microsecond, in UTC; zero times stay zero. An empty
// list may come back as nil. Lists, SubscribersAfter and Batches apart, may miss
// what was written in the last second; everything else sees every earlier write.
type Store interface {
	Publication(ctx context.Context) (newsletter.Publication, error)
	SavePublication(ctx context.Context, p *newsletter.Publication) error

	Source(ctx context.Context, id string) (newsletter.Source, error)
	SaveSource(ctx context.Context, s *newsletter.Source) error
	// Sources lists all of them, by id.
	Sources(ctx context.Context) ([]newsletter.Source, error)

	Article(ctx context.Context, id string) (newsletter.Article, error)
	// ArticleByAlias finds the Article behind any of the aliases; the first alias
	// that leads to one wins. An alias without its Article counts as absent.
	ArticleByAlias(ctx context.Context, aliases ...string) (newsletter.Article, error)
	// AddArticle writes the aliases, then the Article (Rev 0), each only if absent.
	// ErrConflict: the Article, or an alias that leads to another one that exists,
	// was there already, or is just being added by somebody else. A dangling alias
	// of an earlier crash is taken over.
	AddArticle(ctx context.Context, a *newsletter.Article, aliases ...string) error
	// SaveArticle updates an Article that is there and leaves alone who has taken
	// it. It never adds one: ErrConflict.
	SaveArticle(ctx context.Context, a *newsletter.Article) error
	// ArticlesSince lists articles first seen at or after since that are not Past
	// and not taken by an Issue of the schedule, newest Published first (ties: by
	// ID). It may be slow beyond some thousands.
	ArticlesSince(ctx context.Context, schedule string, since time.Time) ([]newsletter.Article, error)
	// TakeArticle notes that the Article is in an Issue of the schedule. Taking it
	// twice for the same Issue is not an error; ErrConflict: another Issue of that
	// schedule has it; ErrNotFound: there is no such Article.
	TakeArticle(ctx context.Context, article, schedule, issue string) error
	// FreeArticle undoes TakeArticle, if it is that Issue that has it.
	FreeArticle(ctx context.Context, article, schedule, issue string) error

	Author(ctx context.Context, key string) (newsletter.Author, error)
	SaveAuthor(ctx context.Context, a *newsletter.Author) error
	// Authors lists by Place, limit at most, those that come after the given one (empty:
	// from the start).
	Authors(ctx context.Context, after string, limit int) ([]newsletter.Author, error)

	Schedule(ctx context.Context, id string) (newsletter.Schedule, error)
	SaveSchedule(ctx context.Context, s *newsletter.Schedule) error
	// Schedules lists all of them, by id.
	Schedules(ctx context.Context) ([]newsletter.Schedule, error)

	Issue(ctx context.Context, id string) (newsletter.Issue, error)
	SaveIssue(ctx context.Context, i *newsletter.Issue) error
	// Issues lists the newest by CreatedAt first, limit at most.
	Issues(ctx context.Context, limit int) ([]newsletter.Issue, error)
	// IssuesBefore is Issues for those whose Place comes before the given one (empty: from
	// the newest on). ErrInvalid: that is no Place.
	IssuesBefore(ctx context.Context, before string, limit int) ([]newsletter.Issue, error)
	// Mail is an Issue's rendered mail; variant "" is the only one so far.
	Mail(ctx context.Context, issue, variant string) (newsletter.Mail, error)
	// SaveMail replaces what is there: rendering the same Issue gives the same Mail.
	SaveMail(ctx context.Context, m *newsletter.Mail) error

	Links(ctx context.Context, issue string) (newsletter.Links, error)
	SaveLinks(ctx context.Context, l *newsletter.Links) error
	// Count adds to what is counted of an Issue, or of a Run, under a name. Where it fails,
	// it may have been added all the same.
	Count(ctx context.Context, issue, metric string, n int) error
	// Counts are all that is counted of an Issue or a Run.
	Counts(ctx context.Context, issue string) (map[string]int, error)

	Run(ctx context.Context, id string) (newsletter.Run, error)
	SaveRun(ctx context.Context, r *newsletter.Run) error
	// OpenRuns lists the runs that are not finished, by id.
	OpenRuns(ctx context.Context) ([]newsletter.Run, error)
	// RunsSince lists the runs that finished at or after since, the latest first, limit
	// at most.
	RunsSince(ctx context.Context, since time.Time, limit int) ([]newsletter.Run, error)
	Lane(ctx context.Context, run string, n int) (newsletter.Lane, error)
	SaveLane(ctx context.Context, l *newsletter.Lane) error
	Batch(ctx context.Context, run string, lane, seq int) (newsletter.Batch, error)
	SaveBatch(ctx context.Context, b *newsletter.Batch) error
	// Batches calls yield for each Batch of the Lane in order of Seq, until it
	// returns an error, which is passed on.
	Batches(ctx context.Context, run string, lane int, yield func(newsletter.Batch) error) error
	// DoubtfulBatches is like Batches for those of all lanes of the Run that have an
	// ambiguous entry, by lane and Seq. It is a list: what it yields may be a second
	// old.
	DoubtfulBatches(ctx context.Context, run string, yield func(newsletter.Batch) error) error

	// AddReports joins the bits of r to those that are there of the same batch, which
	// need not be stored, and tells which of them are new. Adding is idempotent, and of
	// several who add the same bit at once just one is told that it is new. What is
	// new of bounces and complaints is counted for the Run. A process that dies here may
	// leave bits noted and not counted.
	AddReports(ctx context.Context, r newsletter.Reports) (fresh newsletter.Reports, err error)
	// Reports are those of one batch. Where there are none, they have no bits.
	Reports(ctx context.Context, run string, lane, seq int) (newsletter.Reports, error)
	// LaneReports calls yield for the Reports of each batch of the Lane that has some,
	// in order of Seq, as Batches does.
	LaneReports(ctx context.Context, run string, lane int, yield func(newsletter.Reports) error) error
	// Returned is how many bounces and complaints of the Run were counted.
	Returned(ctx context.Context, run string) (bounced, complained int, err error)

	Subscriber(ctx context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error)
	SaveSubscriber(ctx context.Context, s *newsletter.Subscriber) error
	// DeleteSubscriber removes the record if the stored Rev is still the record's;
	// ErrConflict: it has changed since it was read. There being none is not an error.
	DeleteSubscriber(ctx context.Context, s *newsletter.Subscriber) error
	// AddSubscribers adds those who are not there yet, at any status, and leaves the
	// others as they are. The given records keep their Rev. added counts the new
	// ones. After an error some may have been added; asking again is safe.
	AddSubscribers(ctx context.Context, subscribers []newsletter.Subscriber) (added int, err error)
	// Known tells what is known of many addresses at once, by their ids. Of whom
	// nothing is known, nothing comes.
	Known(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Known, error)
	// SubscribersAfter lists up to limit subscribers of any status whose bucket is in
	// [from, to] and whose id comes after the given one (zero: from the start), in
	// order of id. Fewer than limit means that nobody comes after them. The answer
	// holds every write that returned before the call.
	SubscribersAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error)

	// SubscribersOf reads those of the ids who are on record.
	SubscribersOf(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Subscriber, error)
	// FindSubscribers lists who matches: by address where q has the beginning of one,
	// else by id. It is a list. after is where the next page begins; empty: this was the
	// last. A page before that may be short, or even empty. ErrInvalid: see
	// newsletter.Search.Check.
	FindSubscribers(ctx context.Context, q newsletter.Search) (page []newsletter.Subscriber, after string, err error)
	// RecipientsAfter is SubscribersAfter for a Run, which reads everybody: Consent,
	// CreatedAt, Zone, Tags, Soft, WelcomedAt, LeaveReason and Rev may be missing, and
	// what came back must not be saved.
	RecipientsAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error)

	// Audience counts whom a Run of the schedule that starts now would mail: see
	// newsletter.Subscriber.MayReceive. It reads everybody: seconds for a million.
	Audience(ctx context.Context, schedule string, now time.Time) (int, error)

	Suppression(ctx context.Context, id newsletter.SubscriberID) (newsletter.Suppression, error)
	SaveSuppression(ctx context.Context, s *newsletter.Suppression) error
	// SaveSuppressed is SaveCall of each new Call and SaveSuppression, then SaveSubscriber,
	// then AddAction, and quicker where a store can write all at once. Where issue is not
	// empty, its MetricUnsubscribed is counted with SaveSubscriber. A Call that is there
	// stays as it is. ErrConflict: one of Suppression and Subscriber is not saved, or both;
	// read them again (the entry and the calls may be there). A Call that cannot be saved
	// keeps nothing else from being saved. Whoever dies in between has saved the first of
	// them only.
	SaveSuppressed(ctx context.Context, sup *newsletter.Suppression, sub *newsletter.Subscriber, note *newsletter.Action, issue string, calls []newsletter.Call) error
	// AddSuppressions adds those that are not there yet, as AddSubscribers does.
	AddSuppressions(ctx context.Context, list []newsletter.Suppression) (added int, err error)
	// SuppressionsAfter lists as SubscribersAfter does, but may miss what was written in
	// the last second.
	SuppressionsAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Suppression, error)
	// LiftSuppression removes it; there being none is not an error.
	LiftSuppression(ctx context.Context, id newsletter.SubscriberID) error

	Quota(ctx context.Context) (newsletter.Quota, error)
	SaveQuota(ctx context.Context, q *newsletter.Quota) error

	SignIn(ctx context.Context, id string) (newsletter.SignIn, error)
	SaveSignIn(ctx context.Context, s *newsletter.SignIn) error
	Session(ctx context.Context, id string) (newsletter.Session, error)
	SaveSession(ctx context.Context, s *newsletter.Session) error
	// Sessions lists those whose time is not over at that moment, the latest first.
	Sessions(ctx context.Context, now time.Time) ([]newsletter.Session, error)
	APIToken(ctx context.Context, id string) (newsletter.APIToken, error)
	SaveAPIToken(ctx context.Context, t *newsletter.APIToken) error
	// APITokens lists all of them, by id.
	APITokens(ctx context.Context) ([]newsletter.APIToken, error)

	Hook(ctx context.Context, id string) (newsletter.Hook, error)
	SaveHook(ctx context.Context, h *newsletter.Hook) error
	// DeleteHook removes a Hook as DeleteSubscriber does a Subscriber. Its calls stay.
	DeleteHook(ctx context.Context, h *newsletter.Hook) error
	// Hooks lists all of them, by id.
	Hooks(ctx context.Context) ([]newsletter.Hook, error)
	// A Call may be gone newsletter.CallTTL after it was Begun.
	Call(ctx context.Context, hook, id string) (newsletter.Call, error)
	SaveCall(ctx context.Context, c *newsletter.Call) error
	// Calls lists the newest of a Hook first, limit at most, whose id comes before the
	// given one (empty: from the newest on).
	Calls(ctx context.Context, hook, before string, limit int) ([]newsletter.Call, error)
	// DueCalls lists those of a Hook that are Due, the longest due first, limit at most.
	DueCalls(ctx context.Context, hook string, now time.Time, limit int) ([]newsletter.Call, error)

	// AddAction writes an entry of the audit trail if there is none of its id. One
	// that is there stays as it is, which is not an error: whoever has lost the answer
	// writes again.
	AddAction(ctx context.Context, a *newsletter.Action) error
	// Actions lists the newest entries first, limit at most, whose id comes before the
	// given one (empty: from the newest on).
	Actions(ctx context.Context, before string, limit int) ([]newsletter.Action, error)

	// Reserve hands out the next free instant of the named pace and moves it on by
	// cost, never handing the same slot to two callers (GCRA). far is how much later
	// than now a slot may lie: beyond it nothing is reserved and ErrThrottled comes
	// back. A stored instant more than ten minutes ahead is taken for a clock's
	// mistake and reset.
	Reserve(ctx context.Context, pace string, cost time.Duration, now time.Time, far time.Duration) (time.Time, error)
	// Allow counts one event against a limit and tells whether it is within limit
	// events per window (windows start at multiples of window since the epoch).
	Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error)
}
