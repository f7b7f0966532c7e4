package web

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Challenge asks whoever fills in the sign-up form to show that they are no machine. The
// zero value asks nobody: then the form needs no script.
type Challenge struct {
	newsletter.Challenge
	Keys [][]byte // that puzzles of ALTCHA are signed with, the first one; any is believed
	Call func(ctx context.Context, method, link string, header http.Header, body []byte) (*fetch.Answer, error)
}

// provider is where a service shows its box and is asked what came of it.
type provider struct {
	field, class, script, verify, sources string
}

var providers = map[string]provider{
	newsletter.ChallengeTurnstile: {"cf-turnstile-response", "cf-turnstile", "https://challenges.cloudflare.com/turnstile/v0/api.js", "https://challenges.cloudflare.com/turnstile/v0/siteverify", "https://challenges.cloudflare.com"},
	newsletter.ChallengeHCaptcha:  {"h-captcha-response", "h-captcha", "https://js.hcaptcha.com/1/api.js", "https://api.hcaptcha.com/siteverify", "https://hcaptcha.com https://*.hcaptcha.com"},
}

const altchaField = "altcha"

// field is the one of the form that the proof comes in.
func (c *Challenge) field() string {
	if p, ok := providers[c.Kind]; ok {
		return p.field
	}
	return altchaField
}

// puzzle is a task of ALTCHA (https://altcha.org/docs/v2/server-integration/): find the
// number whose hash behind the salt is the challenge. It takes a browser about a second,
// and asks no service.
type puzzle struct {
	Algorithm string `json:"algorithm"`
	Challenge string `json:"challenge"`
	MaxNumber int64  `json:"maxnumber"`
	Salt      string `json:"salt"`
	Signature string `json:"signature"`
}

const (
	puzzleSize = 40_000
	puzzleLife = 30 * time.Minute
)

func (c *Challenge) puzzle(now time.Time) (puzzle, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(puzzleSize))
	if err != nil {
		return puzzle{}, err
	}
	p := puzzle{Algorithm: "SHA-256", MaxNumber: puzzleSize, Salt: rand.Text() + "?expires=" + strconv.FormatInt(now.Add(puzzleLife).Unix(), 10)}
	p.Challenge = digest(p.Salt, n.Int64())
	p.Signature = sealOf(c.Keys[0], p.Challenge)
	return p, nil
}

func digest(salt string, n int64) string {
	sum := sha256.Sum256([]byte(salt + strconv.FormatInt(n, 10)))
	return hex.EncodeToString(sum[:])
}

func sealOf(key []byte, challenge string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("altcha\x00" + challenge)) // no link begins so
	return hex.EncodeToString(mac.Sum(nil))
}

var errUnproved = errors.New("web: no proof that a person is at the form")

// check looks at the proof that came with a form. Where the service does not answer,
// everybody passes: the limits hold all the same.
func (s *Site) check(r *http.Request, proof string) error {
	switch c := &s.Challenge; {
	case c.Kind == "":
		return nil
	case proof == "":
		return errUnproved
	case c.Kind == newsletter.ChallengeAltcha:
		return s.solved(r, proof)
	default:
		passed, err := c.ask(r.Context(), proof, network(r))
		if err != nil {
			s.Log.WarnContext(r.Context(), "the service for challenges does not answer; everybody passes", "service", c.Kind, "error", err)
		} else if !passed {
			return errUnproved
		}
		return nil
	}
}

// solved checks a solution of ALTCHA, which is good once.
func (s *Site) solved(r *http.Request, proof string) error {
	raw, err := base64.StdEncoding.DecodeString(proof)
	var got struct {
		puzzle
		Number int64 `json:"number"`
	}
	if err == nil {
		err = json.Unmarshal(raw, &got)
	}
	now := s.Subscribers.Now()
	_, expires, _ := strings.Cut(got.Salt, "?expires=")
	end, endErr := strconv.ParseInt(expires, 10, 64)
	if err != nil || endErr != nil || now.Unix() > end || got.Algorithm != "SHA-256" || digest(got.Salt, got.Number) != got.Challenge || !s.Challenge.ours(&got.puzzle) {
		return errUnproved
	}
	first, err := s.Store.Allow(r.Context(), "altcha", got.Challenge, 1, 24*time.Hour, now)
	if err == nil && !first {
		err = errUnproved
	}
	return err
}

func (c *Challenge) ours(p *puzzle) bool {
	for _, key := range c.Keys {
		if hmac.Equal([]byte(sealOf(key, p.Challenge)), []byte(p.Signature)) {
			return true
		}
	}
	return false
}

// ask lets the service say what it thinks of the proof.
func (c *Challenge) ask(ctx context.Context, proof, from string) (passed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	form := url.Values{"secret": {c.Secret}, "response": {proof}}
	if address, _, ok := strings.Cut(from, "/"); ok {
		form.Set("remoteip", address)
	}
	answer, err := c.Call(ctx, http.MethodPost, providers[c.Kind].verify, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form.Encode()))
	if err != nil {
		return false, err
	}
	var said struct {
		Success bool     `json:"success"`
		Codes   []string `json:"error-codes"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil || answer.Status != http.StatusOK {
		return false, fmt.Errorf("%s answers %d: %w", c.Kind, answer.Status, errors.Join(err, errors.New("no verdict")))
	}
	for _, code := range said.Codes {
		if strings.Contains(code, "secret") { // ours is wrong: that is no reader's fault
			return false, fmt.Errorf("%s: %s", c.Kind, code)
		}
	}
	return said.Success, nil
}

// proofView is what the form shows of a Challenge.
type proofView struct {
	Puzzle                 string      // of ALTCHA
	Solver                 template.JS // allowed by its hash
	Class, SiteKey, Source string      // of a service
	policy                 string
}

// scripts are what the page allows beside its own policy.
func (v *proofView) scripts() string {
	if v == nil {
		return ""
	}
	return v.policy
}

// solver looks for the number, and holds the form back until it is found.
const solver = `(function(){var i=document.getElementById("altcha"),f=i.form,p=JSON.parse(i.dataset.puzzle),e=new TextEncoder(),w=0;
f.addEventListener("submit",function(v){if(!i.value){v.preventDefault();w=1}});
(async function(){for(var n=0;n<=p.maxnumber;n++){var d=new Uint8Array(await crypto.subtle.digest("SHA-256",e.encode(p.salt+n))),h="";
for(var k=0;k<32;k++)h+=(d[k]+256).toString(16).slice(1);
if(h===p.challenge){i.value=btoa(JSON.stringify({algorithm:p.algorithm,challenge:p.challenge,number:n,salt:p.salt,signature:p.signature}));if(w)f.submit();return}}})()})()`

// show makes the part of the form; nil: there is none.
func (c *Challenge) show(now time.Time) (*proofView, error) {
	switch {
	case c.Kind == "":
		return nil, nil
	case c.Kind == newsletter.ChallengeAltcha:
		p, err := c.puzzle(now)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(p)
		sum := sha256.Sum256([]byte(solver))
		return &proofView{Puzzle: string(text), Solver: solver, policy: "; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"}, err
	}
	p := providers[c.Kind]
	return &proofView{Class: p.class, SiteKey: c.SiteKey, Source: p.script,
		policy: "; script-src " + p.sources + "; frame-src " + p.sources + "; connect-src " + p.sources}, nil
}
