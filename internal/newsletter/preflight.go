package newsletter

import "time"

// Preflight is what is to be mended, or at least known, before an Issue goes out.
type Preflight struct {
	At       time.Time
	Thorough bool // links, pictures and the quota were looked at, too
	Bytes    int  // of the HTML part
	Images   int  // bytes of all pictures, as far as their servers say; of a thorough one
	Findings []Finding
}

// Finding is one of them.
type Finding struct {
	Rule    string // its name, for machines: "dead-link"
	Blocks  bool   // the Issue does not go out like that; else it is a warning
	Text    string // what is wrong
	Cure    string // what helps
	Article string // Article.ID that it is about; empty: none of them
	Author  string // Author.Key that it is about; empty: none of them
}

// Blocking are those that keep the Issue from going out.
func (p *Preflight) Blocking() []Finding { return p.of(true) }

// Warnings are the others.
func (p *Preflight) Warnings() []Finding { return p.of(false) }

func (p *Preflight) of(blocks bool) (found []Finding) {
	for _, f := range p.Findings {
		if f.Blocks == blocks {
			found = append(found, f)
		}
	}
	return found
}

// Identity is what is known of how far mailbox providers may trust the sender.
type Identity struct {
	Trial    bool   // nothing leaves this machine
	Verified bool   // the mail provider has seen that the domain is ours
	Signed   bool   // messages are signed (DKIM) in the name of the domain
	Sandbox  bool   // the provider mails to verified addresses only
	Policy   string // DMARC record of the domain; empty: none was found, "?": nobody has looked
}
