package ses

import (
	"strconv"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The names of the message tags that come back with every event of a message:
// they say which Delivery it is about. feedback reads them.
const (
	tagRun   = "run"
	tagLane  = "lane"
	tagSeq   = "seq"
	tagIndex = "index"
)

// appendTags adds those that are the same for all readers of a Mailing, each with a
// comma behind it. They are given with every reader all the same: the API reference
// does not say whether a reader's own tags replace the request's or join them. The
// last two become the first fields of Feedback-ID, by which mailbox providers report
// complaints per run
// (https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html).
func appendTags(dst []byte, m *newsletter.Mailing) []byte {
	for _, tag := range [...][2]string{
		{tagRun, m.Run}, {tagLane, strconv.Itoa(m.Lane)}, {tagSeq, strconv.Itoa(m.Seq)},
		{"ses:feedback-id-a", m.Run}, {"ses:feedback-id-b", "digest"},
	} {
		dst = append(appendTag(dst, tag[0], tag[1]), ',')
	}
	return dst
}

func appendTag(dst []byte, name, value string) []byte {
	dst = appendText(append(dst, `{"Name":`...), name)
	dst = appendText(append(dst, `,"Value":`...), value)
	return append(dst, '}')
}
