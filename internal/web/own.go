package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

func (s *Site) confirmMove(r *http.Request) (answer, error) {
	reader, done, err := s.Subscribers.PeekMove(r.Context(), r.PathValue("token"))
	if err != nil {
		return answer{}, err
	}
	if done {
		return s.welcome(r, &reader, "movedDoneTitle", "movedDoneLead")
	}
	return answer{page: "ask", title: "moveHeadline", body: ask{Lead: "moveLead", Button: "moveButton", Small: "moveIgnore"}, language: reader.Language}, nil
}

func (s *Site) move(r *http.Request) (answer, error) {
	reader, err := s.Subscribers.Move(r.Context(), r.PathValue("token"))
	if err != nil {
		return answer{}, err
	}
	return s.welcome(r, &reader, "movedDoneTitle", "movedDoneLead")
}

func (s *Site) askUndo(r *http.Request) (answer, error) {
	reader, back, err := s.Subscribers.PeekUndo(r.Context(), r.PathValue("token"))
	if err != nil {
		return answer{}, err
	}
	if back {
		return undone(&reader), nil
	}
	return answer{page: "ask", title: "undoTitle", body: ask{Lead: "undoLead", Button: "movedButton"}, language: reader.Language}, nil
}

func (s *Site) undo(r *http.Request) (answer, error) {
	reader, err := s.Subscribers.Undo(r.Context(), r.PathValue("token"))
	if err != nil {
		return answer{}, err
	}
	return undone(&reader), nil
}

func undone(reader *newsletter.Subscriber) answer {
	return answer{page: "notice", title: "undoneTitle", body: notice{Done: true, Text: "undoneLead"}, language: reader.Language}
}

// askOwn mails a link to the reader's data, or to the erasing of it.
func (s *Site) askOwn(mail func(ctx context.Context, tok string) (newsletter.Subscriber, error)) func(r *http.Request) (answer, error) {
	return func(r *http.Request) (answer, error) {
		reader, err := mail(r.Context(), r.PathValue("token"))
		if err != nil {
			return answer{}, err
		}
		return answer{page: "sent", title: "sentTitle", body: sent{"ownSentLead", newsletter.PreferencesPath + r.PathValue("token")}, language: reader.Language}, nil
	}
}

func (s *Site) askExport(r *http.Request) (answer, error) {
	reader, err := s.Subscribers.PeekOwn(r.Context(), r.PathValue("token"), token.Export)
	return answer{page: "ask", title: "ownTitle", body: ask{Lead: "exportLead", Button: "exportDownload", Small: "exportSmall"}, language: reader.Language}, err
}

// export hands all that is held about the reader over as a file.
func (s *Site) export(w http.ResponseWriter, r *http.Request) {
	own, err := s.Subscribers.Export(r.Context(), r.PathValue("token"))
	if err != nil {
		s.write(w, r, s.fault(w, r, err))
		return
	}
	w.Header().Set("Content-Type", typeJSON)
	w.Header().Set("Content-Disposition", `attachment; filename="my-data.json"`)
	w.Header().Set("X-Robots-Tag", "noindex")
	lines := json.NewEncoder(w)
	lines.SetIndent("", "  ")
	_ = lines.Encode(own) // nobody is left to tell
}

func (s *Site) askErase(r *http.Request) (answer, error) {
	reader, err := s.Subscribers.PeekOwn(r.Context(), r.PathValue("token"), token.Erase)
	if errors.Is(err, newsletter.ErrNotFound) {
		return s.erased(), nil
	}
	return answer{page: "ask", title: "eraseHeadline", body: ask{Lead: "erasePageLead", Button: "eraseDo", Days: s.backups(), Grave: true}, language: reader.Language}, err
}

func (s *Site) erase(r *http.Request) (answer, error) {
	reader, err := s.Subscribers.PeekOwn(r.Context(), r.PathValue("token"), token.Erase)
	if errors.Is(err, newsletter.ErrNotFound) {
		return s.erased(), nil
	}
	if err == nil {
		err = s.Subscribers.Erase(r.Context(), r.PathValue("token"))
	}
	a := s.erased()
	a.language = reader.Language
	return a, err
}

func (s *Site) erased() answer {
	return answer{page: "notice", title: "erasedTitle", body: notice{Done: true, Text: "reasonThanksLead", Days: s.backups()}}
}

// defaultBackups is how long a table of DynamoDB can be brought back to an earlier
// state, in days
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html).
const defaultBackups = 35

func (s *Site) backups() int {
	if s.BackupDays > 0 {
		return s.BackupDays
	}
	return defaultBackups
}
