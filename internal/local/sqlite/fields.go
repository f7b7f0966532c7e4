package sqlite

import (
	"slices"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func publicationFields(p *newsletter.Publication) []field {
	return []field{
		{"one", one{}}, {"name", &p.Name}, {"tagline", &p.Tagline}, {"site", &p.Site}, {"sender", &p.From}, {"from_name", &p.FromName}, {"reply_to", &p.ReplyTo},
		{"postal_address", &p.PostalAddress}, {"language", &p.Language}, {"zone", &p.Zone}, {"accent", &p.Accent}, {"languages", &p.Languages}, {"theme", &p.Theme}, {"logo", &p.Logo}, {"logo_dark", &p.LogoDark}, {"topics", &p.Topics}, {"utm", &p.UTM}, {"clicks", &p.Clicks},
		{"base_url", &p.BaseURL}, {"pepper_print", &p.PepperPrint}, {"rev", &p.Rev},
	}
}

func sourceFields(s *newsletter.Source) []field {
	return []field{
		{"id", &s.ID}, {"url", &s.URL}, {"kind", &s.Kind}, {"endpoint", &s.Endpoint}, {"title", &s.Title}, {"tagline", &s.Tagline},
		{"home", &s.Home}, {"language", &s.Language}, {"disabled", &s.Disabled}, {"etag", &s.ETag}, {"last_modified", &s.LastModified},
		{"primed", &s.Primed}, {"next_at", instant{&s.NextAt}}, {"last_good", instant{&s.LastGood}},
		{"failing_since", instant{&s.FailingSince}}, {"failures", &s.Failures}, {"reason", &s.Reason},
		{"user_agent", &s.UserAgent}, {"http1", &s.HTTP1}, {"last_new", instant{&s.LastNew}}, {"held_since", instant{&s.HeldSince}},
		{"warning", &s.Warning}, {"bios", &s.Bios},
		{"hub", &s.Hub}, {"hub_topic", &s.HubTopic}, {"hub_key", &s.HubKey}, {"hub_until", instant{&s.HubUntil}}, {"rev", &s.Rev},
	}
}

func articleFields(a *newsletter.Article) []field {
	return []field{
		{"id", &a.ID}, {"url", &a.URL}, {"source", &a.Source}, {"guid", &a.GUID}, {"title", &a.Title}, {"dek", &a.Dek}, {"excerpt", &a.Excerpt},
		{"image_url", &a.Image.URL}, {"image_alt", &a.Image.Alt}, {"image_width", &a.Image.Width}, {"image_height", &a.Image.Height},
		{"unshown", &a.Unshown}, {"gone", &a.Gone},
		{"comment_url", &a.CommentURL}, {"comments", &a.Comments}, {"minutes", &a.Minutes}, {"categories", words{&a.Categories}}, {"authors", words{&a.Authors}},
		{"language", &a.Language}, {"published", instant{&a.Published}}, {"updated", instant{&a.Updated}},
		{"first_seen", instant{&a.FirstSeen}}, {"past", &a.Past}, {"hash", &a.Hash}, {"rev", &a.Rev},
	}
}

func authorFields(a *newsletter.Author) []field {
	found, own := &a.Found, &a.Override
	return []field{
		{"author", &a.Key},
		{"name", &found.Name}, {"bio", &found.Bio}, {"bio_html", &found.BioHTML}, {"url", &found.URL}, {"photo", &found.Photo},
		{"own_name", &own.Name}, {"own_bio", &own.Bio}, {"own_bio_html", &own.BioHTML}, {"own_url", &own.URL}, {"own_photo", &own.Photo},
		{"bio_from", &a.BioFrom}, {"checked_at", instant{&a.CheckedAt}}, {"place", authorPlace{a}}, {"rev", &a.Rev},
	}
}

func scheduleFields(s *newsletter.Schedule) []field {
	return []field{
		{"id", &s.ID}, {"name", &s.Name}, {"cadence", &s.Cadence}, {"weekday", &s.Weekday}, {"day", &s.Day}, {"hour", &s.Hour},
		{"minute", &s.Minute}, {"zone", &s.Zone}, {"review", &s.Review}, {"paused", &s.Paused}, {"min_articles", &s.MinArticles},
		{"max_articles", &s.MaxArticles}, {"nth", &s.Nth}, {"lead", (*int64)(&s.Lead)}, {"skip", &s.Skip}, {"seed", &s.Seed}, {"last_fire", instant{&s.LastFire}}, {"missed", &s.Missed}, {"rev", &s.Rev},
	}
}

func issueFields(i *newsletter.Issue) []field {
	return []field{
		{"id", &i.ID}, {"schedule", &i.Schedule}, {"fire_at", instant{&i.FireAt}}, {"state", &i.State}, {"subject", &i.Subject},
		{"preheader", &i.Preheader}, {"intro", &i.Intro}, {"notice", &i.Notice}, {"articles", words{&i.Articles}}, {"rest", words{&i.Rest}}, {"variants", variants{&i.Variants}},
		{"pinned", words{&i.Pinned}}, {"edits", edits{&i.Edits}}, {"send_at", instant{&i.SendAt}}, {"held", &i.Held}, {"held_for", &i.HeldFor},
		{"changed_by", &i.By}, {"told_at", instant{&i.ToldAt}}, {"freed", &i.Freed},
		{"created_at", instant{&i.CreatedAt}}, {"approved_at", instant{&i.ApprovedAt}}, {"request_key", &i.Key}, {"rev", &i.Rev},
	}
}

func mailFields(m *newsletter.Mail) []field {
	return []field{
		{"issue", &m.Issue}, {"variant", &m.Variant}, {"language", &m.Language}, {"subject", &m.Subject}, {"html", &m.HTML}, {"plain", &m.Text},
	}
}

func linksFields(l *newsletter.Links) []field {
	return []field{{"issue", &l.Issue}, {"list", links{&l.List}}, {"rev", &l.Rev}}
}

func runFields(r *newsletter.Run) []field {
	return append(append([]field{
		{"id", &r.ID}, {"issue", &r.Issue}, {"schedule", &r.Schedule}, {"state", (*string)(&r.State)}, {"reason", &r.Reason}, {"held", &r.Held},
		{"parent", &r.Parent}, {"outcome", (*string)(&r.Outcome)}, {"suspect", &r.Suspect}, {"accepted", &r.Accepted},
		{"started_at", instant{&r.StartedAt}}, {"finished_at", instant{&r.FinishedAt}}, {"readers", &r.Readers}, {"canary", canary{&r.Canary}}, {"lanes", &r.Lanes},
		{"since", instant{&r.Since}}, {"tolerated_sent", &r.Tolerated.Sent}, {"tolerated_bounced", &r.Tolerated.Bounced},
		{"tolerated_complained", &r.Tolerated.Complained},
	}, countsFields(&r.Counts)...), field{"rev", &r.Rev})
}

func countsFields(c *newsletter.Counts) []field {
	return []field{{"sent", &c.Sent}, {"failed", &c.Failed}, {"skipped", &c.Skipped}, {"unknown", &c.Unknown}, {"ambiguous", &c.Ambiguous}}
}

func laneFields(l *newsletter.Lane) []field {
	return append(append([]field{
		{"run", &l.Run}, {"n", &l.N}, {"lanes", &l.Lanes}, {"done", &l.Done}, {"owner", &l.Owner}, {"lease", instant{&l.Lease}},
		{"epoch", &l.Epoch}, {"cursor", reader{&l.Cursor}}, {"walked", &l.Walked}, {"seq", &l.Seq},
		{"inflight", claim{&l.Inflight}}, {"retries", retries{&l.Retries}}, {"health", health{&l.Health}},
	}, countsFields(&l.Counts)...), field{"rev", &l.Rev})
}

func batchFields(b *newsletter.Batch) []field {
	return []field{
		{"run", &b.Run}, {"lane", &b.Lane}, {"seq", &b.Seq}, {"at", instant{&b.At}}, {"tries", &b.Tries}, {"earlier", &b.From},
		{"entries", entries{&b.Entries}}, {"doubtful", doubtful{b}}, {"rev", &b.Rev},
	}
}

// subscriberFields are read and written by the million: a plain *string is copied without
// reflection.
func subscriberFields(s *newsletter.Subscriber) []field {
	return []field{
		{"id", reader{&s.ID}}, {"address", (*string)(&s.Address)}, {"name", &s.Name}, {"status", (*string)(&s.Status)}, {"schedules", words{&s.Schedules}},
		{"topics", words{&s.Topics}}, {"tags", words{&s.Tags}}, {"language", &s.Language}, {"zone", &s.Zone}, {"token_version", &s.TokenVersion},
		{"consent_at", instant{&s.Consent.At}}, {"consent_origin", &s.Consent.Origin}, {"consent_wording", &s.Consent.Wording},
		{"created_at", instant{&s.CreatedAt}}, {"confirmed_at", instant{&s.ConfirmedAt}}, {"changed_at", instant{&s.ChangedAt}},
		{"soft_bounces", softBounces{&s.Soft}},
		{"paused_until", instant{&s.PausedUntil}}, {"welcomed_at", instant{&s.WelcomedAt}}, {"moved_to", reader{&s.MovedTo}}, {"moved_from", reader{&s.MovedFrom}},
		{"leave_reason", (*string)(&s.LeaveReason)}, {"rev", &s.Rev},
	}
}

// recipientFields are those that a Run reads.
func recipientFields(s *newsletter.Subscriber) []field {
	needless := []string{"consent_at", "consent_origin", "consent_wording", "created_at", "zone", "tags", "soft_bounces", "welcomed_at", "leave_reason", "rev"}
	return slices.DeleteFunc(subscriberFields(s), func(f field) bool { return slices.Contains(needless, f.column) })
}

func quotaFields(q *newsletter.Quota) []field {
	return []field{
		{"one", one{}}, {"per_second", &q.PerSecond}, {"per_day", &q.PerDay}, {"sent_today", &q.SentToday},
		{"asked_at", instant{&q.AskedAt}}, {"slow_until", instant{&q.SlowUntil}}, {"rev", &q.Rev},
	}
}

func suppressionFields(s *newsletter.Suppression) []field {
	return []field{{"id", reader{&s.ID}}, {"reason", &s.Reason}, {"detail", &s.Detail}, {"at", instant{&s.At}}, {"erased_at", instant{&s.ErasedAt}}, {"rev", &s.Rev}}
}
