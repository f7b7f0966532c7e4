package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup" // the first error of several workers

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// patience is how long one pass waits for a Run that does not get on: longer
// than a lease, and than the pause before a second try.
const patience = 75 * time.Second

// resume lets a Run go on that a fault has paused: who starts a pass by hand
// wants it sent.
func (a *app) resume(ctx context.Context) error {
	runs, err := a.store.OpenRuns(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		if err := a.freeDeadLanes(ctx, &run); err != nil {
			return err
		}
		if run.State != newsletter.RunPaused {
			continue
		}
		if _, err := a.engine.Move(ctx, run.ID, newsletter.RunSending, ""); err != nil && !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
	return nil
}

// freeDeadLanes gives back the lanes of processes of this machine that have
// died: nothing they began can still be under way, so there is no need to wait
// for their leases to end.
func (a *app) freeDeadLanes(ctx context.Context, run *newsletter.Run) error {
	for n := range run.Lanes {
		lane, err := a.store.Lane(ctx, run.ID, n)
		if err != nil || !dead(lane.Owner) {
			continue // sweep mends what is missing
		}
		lane.Release()
		if err := a.store.SaveLane(ctx, &lane); err != nil && !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
	return nil
}

// dead tells whether an owner is a process of this machine that has ended.
func dead(name string) bool {
	host, _ := os.Hostname()
	var pid int
	if n, err := fmt.Sscanf(strings.TrimPrefix(name, host), " process %d", &pid); n != 1 || err != nil || pid == os.Getpid() {
		return false
	}
	process, err := os.FindProcess(pid)
	return err != nil || errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// drain works until every open Run has ended, halts, or does not get on for some
// time. What it leaves is taken up by the next pass or by the server.
func (a *app) drain(ctx context.Context) error {
	last, since := a.progress(ctx), time.Now()
	for {
		if err := a.engine.Sweep(ctx); err != nil {
			return err
		}
		if err := a.walkQueued(ctx); err != nil {
			return err
		}
		if busy, err := a.busy(ctx); !busy || err != nil {
			return err
		}
		if now := a.progress(ctx); now != last {
			last, since = now, time.Now()
		} else if time.Since(since) > patience {
			return nil
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// walkQueued lets the workers walk what is on the queue, and returns when it is
// empty.
func (a *app) walkQueued(ctx context.Context) error {
	var workers errgroup.Group
	for range a.Workers {
		workers.Go(func() error {
			for {
				ref, ok := a.queue.Take()
				if !ok {
					return nil
				}
				if err := a.engine.Walk(ctx, ref); err != nil {
					return err
				}
			}
		})
	}
	return workers.Wait()
}

// busy tells whether a Run can still get on by itself within this pass.
func (a *app) busy(ctx context.Context) (bool, error) {
	runs, err := a.store.OpenRuns(ctx)
	for _, run := range runs {
		soon := run.State == newsletter.RunCanaryHold && time.Until(run.Since.Add(run.Canary.Hold)) < patience
		if soon || run.Walking() && !a.unavailable.Load() {
			return true, nil
		}
	}
	return false, err
}

// progress is how many lane writes have been made: it changes while anything
// moves.
func (a *app) progress(ctx context.Context) (writes int64) {
	runs, _ := a.store.OpenRuns(ctx)
	for _, run := range runs {
		for n := range run.Lanes {
			lane, _ := a.store.Lane(ctx, run.ID, n)
			writes += lane.Rev
		}
	}
	return writes
}
