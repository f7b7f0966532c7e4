package ses

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
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

// tags are the same for all readers of a Mailing. They are given with every reader
// all the same: the API reference does not say whether a reader's own tags replace
// the request's or join them. The last two become the first fields of Feedback-ID,
// by which mailbox providers report complaints per run
// (https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html).
func tags(m *newsletter.Mailing) []types.MessageTag {
	return []types.MessageTag{
		{Name: aws.String(tagRun), Value: &m.Run}, tag(tagLane, m.Lane), tag(tagSeq, m.Seq),
		{Name: aws.String("ses:feedback-id-a"), Value: &m.Run},
		{Name: aws.String("ses:feedback-id-b"), Value: aws.String("digest")},
	}
}

func tag(name string, n int) types.MessageTag {
	return types.MessageTag{Name: &name, Value: aws.String(strconv.Itoa(n))}
}
