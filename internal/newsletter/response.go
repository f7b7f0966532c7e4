package newsletter

// Response is what readers and their servers made of a Run, as far as it was told; nobody
// is named.
type Response struct {
	Delivered    int // taken by the readers' own servers; 0 as well where the mail system does not tell
	Bounced      int
	Complained   int
	Unsubscribed int // left after the Issue and before the next, see Subscriber.LastGot
	Clicks       int // on all links, where they are counted
}
