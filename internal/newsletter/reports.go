package newsletter

import "math/bits"

// Reports are what the provider has told about the messages of one Batch, bit i
// being its entry i. They come by themselves, in any order, twice, hours late or
// never, and before the Batch is stored as well as after; so they are kept beside
// it, and bits are only ever added.
//
// They are kept for batches too whose outcome is plain: these tell how many of the
// reports get through (see Evidence).
type Reports struct {
	Run        string
	Lane, Seq  int
	Accepted   uint64 // the provider has the message; whatever else it reports, but a refusal, proves it
	Refused    uint64 // the provider had taken the message, and then did not send it
	Bounced    uint64 // for good
	Complained uint64
	Delivered  uint64 // the reader's own server has it
}

// Plus joins the bits of other, which are about the same Batch, to those of r.
func (r Reports) Plus(other Reports) Reports {
	r.Accepted |= other.Accepted
	r.Refused |= other.Refused
	r.Bounced |= other.Bounced
	r.Complained |= other.Complained
	r.Delivered |= other.Delivered
	return r
}

// Without leaves out the bits that other has.
func (r Reports) Without(other Reports) Reports {
	r.Accepted &^= other.Accepted
	r.Refused &^= other.Refused
	r.Bounced &^= other.Bounced
	r.Complained &^= other.Complained
	r.Delivered &^= other.Delivered
	return r
}

// Seen are the entries of which anything was reported.
func (r Reports) Seen() uint64 {
	return r.Accepted | r.Refused | r.Bounced | r.Complained | r.Delivered
}

// Returned is how many bounces and complaints are among the Reports.
func (r Reports) Returned() (bounced, complained int) {
	return bits.OnesCount64(r.Bounced), bits.OnesCount64(r.Complained)
}

// reasonReported is the Reason of a Delivery of which the mailer's own answer is not
// known.
const reasonReported = "it was in doubt until the provider reported it"

// Settle writes into the Batch what the Reports prove: those in doubt were sent, and
// those who were refused after all have failed. It tells whether anything changed.
func (b *Batch) Settle(r Reports) bool {
	changed := false
	for i := range b.Entries {
		switch bit := uint64(1) << i; {
		case r.Refused&bit != 0:
			changed = b.Refused(i, "the provider took it and then did not send it") || changed
		case r.Seen()&bit != 0:
			changed = b.Seen(i, "") || changed
		}
	}
	return changed
}

// Heard says of entries in doubt that they were sent. It tells whether anything
// changed.
func (b *Batch) Heard(entries uint64) bool { return b.Settle(Reports{Accepted: entries}) }

// Doubted are the entries that nobody knows about yet.
func (b *Batch) Doubted() uint64 {
	var doubted uint64
	for i, e := range b.Entries {
		if e.Outcome == OutcomeAmbiguous {
			doubted |= 1 << i
		}
	}
	return doubted
}

// Evidence tells how far the provider's reports can be relied upon: of how many
// messages that it certainly took it has said so.
type Evidence struct {
	Known    int
	Reported int
}

// Plus adds other to e.
func (e Evidence) Plus(other Evidence) Evidence {
	return Evidence{e.Known + other.Known, e.Reported + other.Reported}
}

// EnoughKnown is from how many messages on Evidence stands by itself.
const EnoughKnown = 1000

// Enough tells whether the Evidence stands by itself.
func (e Evidence) Enough() bool { return e.Known >= EnoughKnown }

// Whole tells whether the reports come through: at least 99.9% of them, and of none
// nothing is known.
func (e Evidence) Whole() bool { return e.Known > 0 && e.Reported*1000 >= e.Known*999 }

// Evidence counts the entries of the Batch that the mailer itself said were taken,
// and how many of them are in its Reports. An entry that was in doubt is none:
// that it is known comes from its report.
func (b *Batch) Evidence(r Reports) (e Evidence) {
	for i := range b.Entries {
		if b.Entries[i].Outcome != OutcomeSent || b.Entries[i].Reason == reasonReported {
			continue
		}
		e.Known++
		if r.Seen()&(1<<i) != 0 {
			e.Reported++
		}
	}
	return e
}
