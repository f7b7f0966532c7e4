package dynamo

import "github.com/masthead-mail/masthead/internal/newsletter"

func publicationFields(p *newsletter.Publication) []field {
	return []field{
		{"name", textAt(&p.Name)}, {"tagline", textAt(&p.Tagline)}, {"site", textAt(&p.Site)}, {"sender", textAt(&p.From)},
		{"from_name", textAt(&p.FromName)}, {"reply_to", textAt(&p.ReplyTo)}, {"postal_address", textAt(&p.PostalAddress)}, {"language", textAt(&p.Language)},
		{"zone", textAt(&p.Zone)}, {"accent", textAt(&p.Accent)}, {"languages", textAt(&p.Languages)}, {"theme", textAt(&p.Theme)}, {"logo", textAt(&p.Logo)}, {"logo_dark", textAt(&p.LogoDark)}, {"topics", textAt(&p.Topics)}, {"utm", textAt(&p.UTM)}, {"clicks", flag{&p.Clicks}}, {"base_url", textAt(&p.BaseURL)},
		{"pepper_print", textAt(&p.PepperPrint)}, {"rev", intAt(&p.Rev)},
	}
}

func sourceFields(s *newsletter.Source) []field {
	return []field{
		{"id", textAt(&s.ID)}, {"url", textAt(&s.URL)}, {"kind", textAt(&s.Kind)}, {"endpoint", textAt(&s.Endpoint)}, {"title", textAt(&s.Title)},
		{"tagline", textAt(&s.Tagline)}, {"home", textAt(&s.Home)}, {"language", textAt(&s.Language)}, {"disabled", flag{&s.Disabled}},
		{"etag", textAt(&s.ETag)}, {"last_modified", textAt(&s.LastModified)}, {"primed", flag{&s.Primed}}, {"next_at", instant{&s.NextAt}},
		{"last_good", instant{&s.LastGood}}, {"failing_since", instant{&s.FailingSince}}, {"failures", intAt(&s.Failures)},
		{"reason", textAt(&s.Reason)}, {"user_agent", textAt(&s.UserAgent)}, {"http1", flag{&s.HTTP1}}, {"last_new", instant{&s.LastNew}},
		{"held_since", instant{&s.HeldSince}}, {"warning", textAt(&s.Warning)}, {"bios", textAt(&s.Bios)},
		{"hub", textAt(&s.Hub)}, {"hub_topic", textAt(&s.HubTopic)}, {"hub_key", textAt(&s.HubKey)}, {"hub_until", instant{&s.HubUntil}}, {"rev", intAt(&s.Rev)},
	}
}

func articleFields(a *newsletter.Article) []field {
	return []field{
		{"id", textAt(&a.ID)}, {"url", textAt(&a.URL)}, {"source", textAt(&a.Source)}, {"guid", textAt(&a.GUID)}, {"title", textAt(&a.Title)},
		{"dek", textAt(&a.Dek)}, {"excerpt", textAt(&a.Excerpt)}, {"image_url", textAt(&a.Image.URL)}, {"image_alt", textAt(&a.Image.Alt)},
		{"image_width", intAt(&a.Image.Width)}, {"image_height", intAt(&a.Image.Height)}, {"unshown", textAt(&a.Unshown)}, {"gone", flag{&a.Gone}}, {"comment_url", textAt(&a.CommentURL)},
		{"comments", intAt(&a.Comments)}, {"minutes", intAt(&a.Minutes)}, {"categories", words{&a.Categories}}, {"authors", words{&a.Authors}},
		{"language", textAt(&a.Language)}, {"published", instant{&a.Published}}, {"updated", instant{&a.Updated}},
		{"first_seen", instant{&a.FirstSeen}}, {"past", flag{&a.Past}}, {"hash", textAt(&a.Hash)}, {"rev", intAt(&a.Rev)},
	}
}

func authorFields(a *newsletter.Author) []field {
	found, own := &a.Found, &a.Override
	return []field{
		{"author", textAt(&a.Key)}, {"name", textAt(&found.Name)}, {"bio", textAt(&found.Bio)}, {"bio_html", textAt(&found.BioHTML)},
		{"url", textAt(&found.URL)}, {"photo", textAt(&found.Photo)}, {"own_name", textAt(&own.Name)}, {"own_bio", textAt(&own.Bio)},
		{"own_bio_html", textAt(&own.BioHTML)}, {"own_url", textAt(&own.URL)}, {"own_photo", textAt(&own.Photo)},
		{"bio_from", textAt(&a.BioFrom)}, {"checked_at", instant{&a.CheckedAt}}, {"rev", intAt(&a.Rev)},
	}
}

func scheduleFields(s *newsletter.Schedule) []field {
	return []field{
		{"id", textAt(&s.ID)}, {"name", textAt(&s.Name)}, {"cadence", textAt(&s.Cadence)}, {"weekday", intAt(&s.Weekday)}, {"day", intAt(&s.Day)},
		{"hour", intAt(&s.Hour)}, {"minute", intAt(&s.Minute)}, {"zone", textAt(&s.Zone)}, {"review", flag{&s.Review}}, {"paused", flag{&s.Paused}},
		{"min_articles", intAt(&s.MinArticles)}, {"max_articles", intAt(&s.MaxArticles)}, {"nth", intAt(&s.Nth)}, {"lead", intAt((*int64)(&s.Lead))}, {"skip", textAt(&s.Skip)}, {"seed", textAt(&s.Seed)}, {"last_fire", instant{&s.LastFire}}, {"missed", textAt(&s.Missed)}, {"rev", intAt(&s.Rev)},
	}
}

func issueFields(i *newsletter.Issue) []field {
	return []field{
		{"id", textAt(&i.ID)}, {"schedule", textAt(&i.Schedule)}, {"fire_at", instant{&i.FireAt}}, {"state", textAt(&i.State)},
		{"subject", textAt(&i.Subject)}, {"preheader", textAt(&i.Preheader)}, {"intro", textAt(&i.Intro)}, {"notice", textAt(&i.Notice)}, {"articles", words{&i.Articles}},
		{"rest", words{&i.Rest}}, {"variants", list[newsletter.Variant]{&i.Variants, variantFields}},
		{"pinned", words{&i.Pinned}}, {"edits", list[newsletter.Edit]{&i.Edits, editFields}}, {"send_at", instant{&i.SendAt}}, {"held", flag{&i.Held}},
		{"held_for", textAt(&i.HeldFor)}, {"changed_by", textAt(&i.By)}, {"told_at", instant{&i.ToldAt}}, {"freed", flag{&i.Freed}},
		{"created_at", instant{&i.CreatedAt}}, {"approved_at", instant{&i.ApprovedAt}}, {"request_key", textAt(&i.Key)}, {"rev", intAt(&i.Rev)},
	}
}

func variantFields(v *newsletter.Variant) []field {
	return []field{{"key", textAt(&v.Key)}, {"language", textAt(&v.Language)}, {"topics", words{&v.Topics}}, {"empty", flag{&v.Empty}}}
}

func editFields(e *newsletter.Edit) []field {
	return []field{
		{"article", textAt(&e.Article)}, {"title", textAt(&e.Title)}, {"dek", textAt(&e.Dek)}, {"excerpt", textAt(&e.Excerpt)}, {"image", textAt(&e.Image)},
		{"image_alt", textAt(&e.ImageAlt)}, {"no_authors", flag{&e.NoAuthors}}, {"no_comments", flag{&e.NoComments}},
	}
}

func linksFields(l *newsletter.Links) []field {
	return []field{{"issue", textAt(&l.Issue)}, {"list", list[newsletter.Link]{&l.List, linkFields}}, {"rev", intAt(&l.Rev)}}
}

func linkFields(l *newsletter.Link) []field {
	return []field{{"id", textAt(&l.ID)}, {"url", textAt(&l.URL)}, {"title", textAt(&l.Title)}, {"to", textAt(&l.To)}, {"since", instant{&l.Since}}}
}

func mailFields(m *newsletter.Mail) []field {
	return []field{
		{"issue", textAt(&m.Issue)}, {"variant", textAt(&m.Variant)}, {"language", textAt(&m.Language)}, {"subject", textAt(&m.Subject)},
		{"html", packed{&m.HTML}}, {"plain", packed{&m.Text}},
	}
}

func runFields(r *newsletter.Run) []field {
	return append([]field{
		{"id", textAt(&r.ID)}, {"issue", textAt(&r.Issue)}, {"schedule", textAt(&r.Schedule)}, {"state", textAt(&r.State)}, {"reason", textAt(&r.Reason)},
		{"held", flag{&r.Held}}, {"parent", textAt(&r.Parent)}, {"outcome", textAt(&r.Outcome)}, {"suspect", textAt(&r.Suspect)}, {"accepted", textAt(&r.Accepted)},
		{"started_at", instant{&r.StartedAt}}, {"finished_at", instant{&r.FinishedAt}}, {"readers", intAt(&r.Readers)}, {"canary", canary{&r.Canary}}, {"lanes", intAt(&r.Lanes)}, {"rev", intAt(&r.Rev)},
		{"since", instant{&r.Since}}, {"tolerated_sent", intAt(&r.Tolerated.Sent)}, {"tolerated_bounced", intAt(&r.Tolerated.Bounced)},
		{"tolerated_complained", intAt(&r.Tolerated.Complained)},
	}, countsFields(&r.Counts)...)
}

func countsFields(c *newsletter.Counts) []field {
	return []field{
		{"sent", intAt(&c.Sent)}, {"failed", intAt(&c.Failed)}, {"skipped", intAt(&c.Skipped)}, {"unknown", intAt(&c.Unknown)}, {"ambiguous", intAt(&c.Ambiguous)},
	}
}

func laneFields(l *newsletter.Lane) []field {
	return append([]field{
		{"run", textAt(&l.Run)}, {"n", intAt(&l.N)}, {"lanes", intAt(&l.Lanes)}, {"done", flag{&l.Done}}, {"owner", textAt(&l.Owner)},
		{"lease", instant{&l.Lease}}, {"epoch", intAt(&l.Epoch)}, {"cursor", reader{&l.Cursor}}, {"walked", flag{&l.Walked}}, {"seq", intAt(&l.Seq)},
		{"inflight", claim{&l.Inflight}}, {"retries", list[newsletter.Retry]{&l.Retries, retryFields}}, {"health", health{&l.Health}}, {"rev", intAt(&l.Rev)},
	}, countsFields(&l.Counts)...)
}

func batchFields(b *newsletter.Batch) []field {
	return []field{
		{"run", textAt(&b.Run)}, {"lane", intAt(&b.Lane)}, {"seq", intAt(&b.Seq)}, {"at", instant{&b.At}}, {"tries", intAt(&b.Tries)}, {"earlier", intAt(&b.From)},
		{"entries", entries{&b.Entries}}, {"rev", intAt(&b.Rev)},
	}
}

func subscriberFields(s *newsletter.Subscriber) []field {
	return []field{
		{"sk", reader{&s.ID}}, {"address", textAt(&s.Address)}, {"name", textAt(&s.Name)}, {"status", textAt(&s.Status)},
		{"schedules", words{&s.Schedules}}, {"topics", words{&s.Topics}}, {"tags", words{&s.Tags}}, {"language", textAt(&s.Language)}, {"zone", textAt(&s.Zone)},
		{"token_version", intAt(&s.TokenVersion)}, {"consent_at", instant{&s.Consent.At}}, {"consent_origin", textAt(&s.Consent.Origin)},
		{"consent_wording", textAt(&s.Consent.Wording)}, {"created_at", instant{&s.CreatedAt}}, {"confirmed_at", instant{&s.ConfirmedAt}},
		{"changed_at", instant{&s.ChangedAt}}, {"soft_bounces", list[newsletter.SoftBounce]{&s.Soft.Since, softBounceFields}},
		{"delivered_at", instant{&s.Soft.Delivered}}, {"delayed_at", instant{&s.Soft.Delayed}},
		{"paused_until", instant{&s.PausedUntil}}, {"welcomed_at", instant{&s.WelcomedAt}},
		{"moved_to", reader{&s.MovedTo}}, {"moved_from", reader{&s.MovedFrom}}, {"leave_reason", textAt(&s.LeaveReason)}, {"rev", intAt(&s.Rev)},
	}
}

func softBounceFields(b *newsletter.SoftBounce) []field {
	return []field{{"run", textAt(&b.Run)}, {"at", instant{&b.At}}}
}

func quotaFields(q *newsletter.Quota) []field {
	return []field{
		{"per_second", decimal{&q.PerSecond}}, {"per_day", intAt(&q.PerDay)}, {"sent_today", intAt(&q.SentToday)},
		{"asked_at", instant{&q.AskedAt}}, {"slow_until", instant{&q.SlowUntil}}, {"rev", intAt(&q.Rev)},
	}
}

func suppressionFields(s *newsletter.Suppression) []field {
	return []field{
		{"id", reader{&s.ID}}, {"reason", textAt(&s.Reason)}, {"detail", textAt(&s.Detail)}, {"at", instant{&s.At}}, {"erased_at", instant{&s.ErasedAt}},
		{"rev", intAt(&s.Rev)},
	}
}
