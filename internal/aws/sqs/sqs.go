// Package sqs puts messages on an Amazon SQS queue, as JSON. Lambda takes them off
// by itself; events reads them. The local twin is internal/local/queue.
package sqs

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs" // the queue of the AWS twin
)

// SendMessage is the one operation of Amazon SQS that the package calls. A repeated
// call may double a message, which the receivers must bear anyway. It is a function
// for the reason that secrets.GetParameters is one.
type SendMessage func(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)

// Queue holds messages of one kind.
type Queue[T any] struct {
	Send SendMessage
	URL  string
}

// Open makes a queue of one that is there. It does not call SQS yet.
func Open[T any](cfg aws.Config, url string) *Queue[T] {
	return &Queue[T]{Send: sqs.NewFromConfig(cfg).SendMessage, URL: url}
}

// Put adds a message.
func (q *Queue[T]) Put(ctx context.Context, message T) error {
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("queue %s: %w", q.URL, err)
	}
	if _, err := q.Send(ctx, &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: aws.String(string(body))}); err != nil {
		return fmt.Errorf("queue %s: %w", q.URL, err)
	}
	return nil
}
