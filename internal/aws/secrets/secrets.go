// Package secrets reads what links and subscriber ids are made with from SSM
// Parameter Store, where an operator put it as SecureStrings: <path>/token-keys and
// <path>/pepper. It makes no secrets and writes none. The local twin is the file
// secrets.json of functions/local.
package secrets

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm" // keeps secrets encrypted at no cost
	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// GetParameters is the one operation of SSM Parameter Store that the package calls.
// It is a function and no interface, because the linker keeps all 150 operations of
// a client that becomes an interface in a binary with html/template: 3 MB.
type GetParameters func(context.Context, *ssm.GetParametersInput, ...func(*ssm.Options)) (*ssm.GetParametersOutput, error)

// Secrets are the publication's. Without them old unsubscribe links do not work and
// readers are not recognised.
type Secrets struct {
	Signer *token.Signer
	Pepper []byte
}

// Keeper reads the secrets and keeps them for a few minutes: a new signing key is
// in use everywhere soon after it was put there. It may be used by several
// goroutines at once.
type Keeper struct {
	SSM   GetParameters
	Path  string                                         // without the slash at the end
	Check func(ctx context.Context, pepper []byte) error // asked about every pepper read
	Now   func() time.Time

	mu   sync.Mutex
	kept Secrets
	at   time.Time
}

// fresh is how long secrets are kept without asking again.
const fresh = 5 * time.Minute

// Open makes a Keeper. It does not call SSM yet.
func Open(cfg aws.Config, path string, check func(context.Context, []byte) error) *Keeper {
	return &Keeper{SSM: ssm.NewFromConfig(cfg).GetParameters, Path: strings.TrimSuffix(path, "/"), Check: check, Now: time.Now}
}

// Get returns the secrets. Where they cannot be read again, those read before stay
// in use.
func (k *Keeper) Get(ctx context.Context) (Secrets, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept.Signer != nil && k.Now().Sub(k.at) < fresh {
		return k.kept, nil
	}
	read, err := k.read(ctx)
	if err != nil && k.kept.Signer != nil {
		return k.kept, nil
	}
	if err != nil {
		return Secrets{}, err
	}
	k.kept, k.at = read, k.Now()
	return read, nil
}

func (k *Keeper) read(ctx context.Context) (Secrets, error) {
	keysName, pepperName := k.Path+"/token-keys", k.Path+"/pepper"
	out, err := k.SSM(ctx, &ssm.GetParametersInput{Names: []string{keysName, pepperName}, WithDecryption: aws.Bool(true)})
	if err != nil {
		return Secrets{}, fmt.Errorf("read the secrets under %s in SSM Parameter Store: %w", k.Path, err)
	}
	values := map[string]string{}
	for _, p := range out.Parameters {
		values[aws.ToString(p.Name)] = strings.TrimSpace(aws.ToString(p.Value))
	}
	keys, err := config.ParseKeys(values[keysName])
	if err != nil {
		return Secrets{}, fmt.Errorf("%s in SSM Parameter Store: %w", keysName, err)
	}
	pepper := []byte(values[pepperName])
	if len(pepper) < minPepper {
		return Secrets{}, fmt.Errorf("%s in SSM Parameter Store is missing or shorter than %d characters; make one with openssl rand -hex 32, once: %w", pepperName, minPepper, newsletter.ErrInvalid)
	}
	return Secrets{&token.Signer{Keys: keys}, pepper}, k.Check(ctx, pepper)
}

// minPepper is the shortest pepper that nobody guesses, in characters.
const minPepper = 16
