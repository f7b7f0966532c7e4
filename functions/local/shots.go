package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp" // speaks to the Chromium that is there
)

// shot is one picture of a mail.
type shot struct {
	name  string
	width int64
	dark  bool
}

var shots = []shot{{"desktop", 680, false}, {"phone", 375, false}, {"dark", 680, true}}

// shoot makes pictures of the files through Chromium.
func (p *preview) shoot(ctx context.Context, files []string) error {
	chromium := findChromium()
	if chromium == "" {
		return errors.New("there is no Chromium for -shots; install it (on Debian: apt-get install chromium), or name it in CHROMIUM")
	}
	if err := os.MkdirAll(p.shots, 0o755); err != nil {
		return fmt.Errorf("the folder cannot be made: %w; choose another with -shots", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	tab, cancel := chromedp.NewContext(allocator)
	defer cancel()
	for i, file := range files {
		for j, s := range shots {
			p.progress.step("Taking pictures", i*len(shots)+j, len(files)*len(shots))
			name := filepath.Join(p.shots, strings.TrimSuffix(filepath.Base(file), ".html")+"-"+s.name+".png")
			if err := s.take(tab, file, name, p.height); err != nil {
				return fmt.Errorf("picture of %s: %w", file, err)
			}
			fmt.Fprintln(p.out, name)
		}
	}
	return nil
}

// findChromium is the path of the browser; empty: there is none.
func findChromium() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && name != "" {
			return path
		}
	}
	return ""
}

// loaded waits for the pictures, ten seconds at most: one that does not come must not
// hold up the rest.
const loaded = `Promise.race([new Promise(done => setTimeout(() => done(true), 10000)),
	Promise.all([...document.images].map(i => i.complete || new Promise(done => { i.onload = i.onerror = done }))).then(() => true)])`

func (s shot) take(ctx context.Context, file, name string, height int64) error {
	absolute, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, cmp.Or(height, 1000))); err != nil { // the first action starts the browser, and must not be timed
		return err
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+absolute), chromedp.WaitReady(`#body`)); err != nil {
		return err
	}
	timed, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := chromedp.Run(timed, chromedp.Evaluate[bool](loaded, chromedp.EvalAwaitPromise)); err != nil {
		return err
	}
	take := chromedp.FullScreenshot(100)
	if height > 0 {
		take = chromedp.CaptureScreenshot()
	}
	picture, err := chromedp.Run(timed, take)
	if err != nil {
		return err
	}
	return os.WriteFile(name, picture, 0o644)
}
