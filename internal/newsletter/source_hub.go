package newsletter

import (
	"crypto/subtle"
	"time"
)

// HubPath is where a hub calls on the public address: HubPath + Source.ID + "/" +
// Source.HubKey.
const HubPath = "/hooks/websub/"

const (
	hubRenewal = 24 * time.Hour      // before its end a subscription is renewed
	hubPending = time.Hour           // a hub has to confirm within it, else it is asked again
	hubLongest = 30 * 24 * time.Hour // of a subscription
	hubPause   = time.Minute         // between two visits that a hub asks for
)

// Offers notes which hub the source offers, and under which name; both empty: none.
func (s *Source) Offers(hub, topic string) {
	if s.Hub != hub || s.HubTopic != topic {
		s.Hub, s.HubTopic, s.HubUntil = hub, topic, time.Time{}
	}
}

// WantsHub tells whether the hub has to be asked to tell of new articles.
func (s *Source) WantsHub(now time.Time) bool {
	return s.Hub != "" && s.HubTopic != "" && now.After(s.HubUntil.Add(-hubRenewal))
}

// AskedHub notes that the hub was asked; it is asked again unless it confirms soon.
func (s *Source) AskedHub(now time.Time) { s.HubUntil = now.Add(hubRenewal + hubPending) }

// isHub tells whether a caller that knows key is the source's hub.
func (s *Source) isHub(key string) bool {
	return s.Hub != "" && s.HubKey != "" && subtle.ConstantTimeCompare([]byte(key), []byte(s.HubKey)) == 1
}

// ConfirmHub notes that the hub has subscribed us to topic for that long. ErrConflict: that is
// not what it was asked for, or it is not the hub.
func (s *Source) ConfirmHub(key, topic string, lease time.Duration, now time.Time) error {
	if !s.isHub(key) || topic != s.HubTopic {
		return ErrConflict
	}
	s.HubUntil = now.Add(max(0, min(lease, hubLongest)))
	return nil
}

// Told notes that the hub tells of something new, so that the source is due at once. It
// tells whether that changed anything. ErrConflict: it is not the hub.
func (s *Source) Told(key string, now time.Time) (bool, error) {
	if !s.isHub(key) {
		return false, ErrConflict
	}
	if s.Due(now) || now.Sub(s.LastGood) < hubPause || s.Failures > 0 { // a failing source keeps its pause
		return false, nil
	}
	s.NextAt = now
	return true, nil
}
