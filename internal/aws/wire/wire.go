// Package wire mends how the AWS SDK hands requests to the HTTP client of Go.
package wire

import (
	"context"
	"io"

	"github.com/aws/smithy-go/middleware" // the steps of a call
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// WholeBodies belongs into aws.Config.APIOptions. Without it now and then a call that
// was accepted ends with "StatusCode: 200, deserialization failed … use of closed
// network connection", one of some thousand on a fast network.
//
// When the head of an answer is there, the SDK closes the request's body, while
// net/http may still be about to look whether there is more of it. The SDK's reader
// then says io.EOF, also from WriteTo, where that counts as a fault (io.WriterTo): the
// connection is closed while the answer is being read. A body that cannot WriteTo
// is read by Read, where io.EOF is the end.
func WholeBodies(stack *middleware.Stack) error {
	mend := middleware.SerializeMiddlewareFunc("MastheadWholeBodies", func(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (out middleware.SerializeOutput, metadata middleware.Metadata, err error) {
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			if seeker, ok := request.GetStream().(io.ReadSeeker); ok {
				if in.Request, err = request.SetStream(Body(seeker)); err != nil {
					return out, metadata, err
				}
			}
		}
		return next.HandleSerialize(ctx, in)
	})
	return stack.Serialize.Add(mend, middleware.After)
}

// Body is r without any other methods.
func Body(r io.ReadSeeker) io.ReadSeeker { return struct{ io.ReadSeeker }{r} }
