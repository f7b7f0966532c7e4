package dynamo

import (
	"fmt"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The table has keys pk and sk, and one sparse index gs1 with keys gpk and gsk:
//
//	record        pk / sk                  gs1
//	Publication   PUB / META
//	Source        SRC#id / META            DUE / next visit#id
//	Article       A#id / META              AM / first seen#id, unless past; taken.<schedule> names the Issue
//	its aliases   AG#source#guid / ALIAS, AL#link / ALIAS
//	Author        AU#key / META           AU / name#key, see newsletter.Author.Place
//	Schedule      SCH / id
//	Issue         E#id / META              ED / created#id
//	its Mail      E#id / MAIL#variant
//	Run           RUN#id / META            RUNS / open#id or finished#when#id
//	  returned    RUN#id / RETURNED        counts of bounces and complaints
//	Lane          RUN#id#Lnnn / LANE
//	Batch         RUN#id#Lnnn / B#seq      AMB#run or RES#run / Lnnn#seq, while ambiguous, or where anyone was not sent
//	Reports       RUN#id#Lnnn / E#seq
//	Subscriber    S#bb / id                SA#<two letters> / address
//	Suppression   SUP#id / SUP             SUP#bb / id
//	SignIn        LOGIN#id / META
//	Session       SESS#id / META           SESS / until#id
//	APIToken      TOK / id
//	Hook          HOOK / id
//	Call          HOOK#hook / id           CALLS#hook / next try#id, while it waits
//	Action        AUD#id / META            AUD / id, which begins with the moment
//	pace          RATE#pace / META
//	Quota         RATE / QUOTA
//	allowance     RL#kind#hash / window
//
// Articles need no weeks and shards in the index: a query by week would have to
// know how late it is, and a magazine's articles fit one partition, the past left
// out. Suppressions are listed for an export, which must not read the whole table.
// A Lane never expires: sweep makes missing lanes anew, and an expired one
// of a Run that was paused for long would walk its readers again.

// batchTTL is how long the result of a batch is kept, and what was reported of it.
const batchTTL = 90 * 24 * time.Hour

func publications() *kind[newsletter.Publication] {
	return &kind[newsletter.Publication]{name: "publication", fields: publicationFields,
		key: func(*newsletter.Publication) key { return key{"PUB", "META"} }}
}

func sources() *kind[newsletter.Source] {
	return &kind[newsletter.Source]{name: "source", fields: sourceFields,
		key:   func(v *newsletter.Source) key { return key{"SRC#" + v.ID, "META"} },
		index: func(v *newsletter.Source) key { return key{"DUE", sortable(v.NextAt) + "#" + v.ID} }}
}

func articles() *kind[newsletter.Article] {
	return &kind[newsletter.Article]{name: "article", fields: articleFields,
		key: func(v *newsletter.Article) key { return key{"A#" + v.ID, "META"} },
		index: func(v *newsletter.Article) key {
			if v.Past {
				return key{}
			}
			return key{"AM", sortable(v.FirstSeen) + "#" + v.ID}
		}}
}

func authors() *kind[newsletter.Author] {
	return &kind[newsletter.Author]{name: "author", fields: authorFields,
		key:   func(v *newsletter.Author) key { return key{"AU#" + v.Key, "META"} },
		index: func(v *newsletter.Author) key { return key{"AU", v.Place()} }}
}

func schedules() *kind[newsletter.Schedule] {
	return &kind[newsletter.Schedule]{name: "schedule", fields: scheduleFields,
		key: func(v *newsletter.Schedule) key { return key{"SCH", v.ID} }}
}

func issues() *kind[newsletter.Issue] {
	return &kind[newsletter.Issue]{name: "issue", fields: issueFields,
		key:   func(v *newsletter.Issue) key { return key{"E#" + v.ID, "META"} },
		index: func(v *newsletter.Issue) key { return key{"ED", sortable(v.CreatedAt) + "#" + v.ID} }}
}

func issueLinks() *kind[newsletter.Links] {
	return &kind[newsletter.Links]{name: "links", fields: linksFields,
		key: func(v *newsletter.Links) key { return key{"E#" + v.Issue, "LINKS"} }}
}

func mails() *kind[newsletter.Mail] {
	return &kind[newsletter.Mail]{name: "mail", fields: mailFields,
		key: func(v *newsletter.Mail) key { return key{"E#" + v.Issue, "MAIL#" + v.Variant} }}
}

func runs() *kind[newsletter.Run] {
	return &kind[newsletter.Run]{name: "run", fields: runFields,
		key: func(v *newsletter.Run) key { return key{"RUN#" + v.ID, "META"} },
		index: func(v *newsletter.Run) key {
			if v.Finished() {
				return key{"RUNS", "finished#" + sortable(v.FinishedAt) + "#" + v.ID}
			}
			return key{"RUNS", "open#" + v.ID}
		}}
}

func lanePK(run string, n int) string { return fmt.Sprintf("RUN#%s#L%03d", run, n) }

func lanes() *kind[newsletter.Lane] {
	return &kind[newsletter.Lane]{name: "lane", fields: laneFields,
		key: func(v *newsletter.Lane) key { return key{lanePK(v.Run, v.N), "LANE"} }}
}

func batchSK(seq int) string { return fmt.Sprintf("B#%09d", seq) }

func batches() *kind[newsletter.Batch] {
	return &kind[newsletter.Batch]{name: "batch", fields: batchFields,
		key:   func(v *newsletter.Batch) key { return key{lanePK(v.Run, v.Lane), batchSK(v.Seq)} },
		index: batchIndex,
		ttl: func(v *newsletter.Batch) time.Time {
			if v.At.IsZero() {
				return time.Time{}
			}
			return v.At.Add(batchTTL)
		}}
}

func batchIndex(b *newsletter.Batch) key {
	at := fmt.Sprintf("L%03d#%09d", b.Lane, b.Seq)
	switch counts := b.Count(); {
	case counts.Ambiguous > 0:
		return key{"AMB#" + b.Run, at}
	case counts.Sent < len(b.Entries):
		return key{"RES#" + b.Run, at}
	}
	return key{}
}

func bucketPK(bucket byte) string { return fmt.Sprintf("S#%02x", bucket) }

func subscribers() *kind[newsletter.Subscriber] {
	return &kind[newsletter.Subscriber]{name: "subscriber", fields: subscriberFields,
		key:   func(v *newsletter.Subscriber) key { return key{bucketPK(v.ID.Bucket()), v.ID.String()} },
		index: func(v *newsletter.Subscriber) key { return addressIndex(v.Address) },
		ttl: func(v *newsletter.Subscriber) time.Time {
			if v.Status != newsletter.Pending {
				return time.Time{}
			}
			return v.ChangedAt.Add(newsletter.PendingTTL)
		}}
}

// addressIndex spreads addresses by their first two letters, so that editors can
// search by the beginning of one.
func addressIndex(a newsletter.Address) key {
	normal := a.Normal()
	if normal == "" {
		return key{}
	}
	letters := []rune(strings.ToValidUTF8(normal, ""))
	return key{"SA#" + string(letters[:min(2, len(letters))]), normal}
}

func quotas() *kind[newsletter.Quota] {
	return &kind[newsletter.Quota]{name: "quota", fields: quotaFields,
		key: func(*newsletter.Quota) key { return key{"RATE", "QUOTA"} }}
}

func suppressions() *kind[newsletter.Suppression] {
	return &kind[newsletter.Suppression]{name: "suppression", fields: suppressionFields,
		key: func(v *newsletter.Suppression) key { return key{"SUP#" + v.ID.String(), "SUP"} },
		index: func(v *newsletter.Suppression) key {
			return key{fmt.Sprintf("SUP#%02x", v.ID.Bucket()), v.ID.String()}
		}}
}
