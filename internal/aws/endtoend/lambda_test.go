package endtoend

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const root = "../../.."

// functions are the Lambdas of template.yaml.
var functions = []string{"collect", "compose", "deliver", "feedback", "hooks", "sweep", "web"}

// build makes the bootstrap binaries for this machine and returns their folder. Of
// the Makefile's flags it leaves out those that would have every package compiled
// once more than go test does.
func build(t testing.TB) string {
	t.Helper()
	heedSources(t)
	dir := t.TempDir()
	args := []string{"build", "-ldflags", "-s -w", "-tags", "lambda.norpc", "-o", dir}
	for _, name := range functions {
		args = append(args, "./functions/"+name)
	}
	command := exec.Command("go", args...)
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// heedSources looks at what other programs read here, so that go test knows when a
// result in its cache is out of date: it only sees what the test itself looks at.
func heedSources(t testing.TB) {
	t.Helper()
	for _, dir := range []string{"functions", "internal", "templates", "infra", "template.yaml", "go.mod"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				_, err = os.Stat(name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// lambda is a running function and the Runtime API that it polls
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): next hands it an
// event, response and error bring the answer back.
type lambda struct {
	name    string
	events  chan []byte
	answers chan answer
	polled  chan struct{} // closed at the first poll
	once    sync.Once
	stop    func()        // ends the function; more than once does no harm
	left    time.Duration // of the function's time, as each event says
}

type answer struct {
	body   []byte
	failed bool
}

// start runs a binary with the variables and nothing else of the environment, and
// ends it with the test.
func start(t testing.TB, dir, name string, env map[string]string) *lambda {
	t.Helper()
	l := &lambda{name: name, events: make(chan []byte), answers: make(chan answer, 1), polled: make(chan struct{}), left: 3 * time.Minute}
	runtime := httptest.NewServer(l)
	command := exec.Command(filepath.Join(dir, name))
	command.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(runtime.URL, "http://")}
	for name, value := range env {
		command.Env = append(command.Env, name+"="+value)
	}
	command.Stdout, command.Stderr = t.Output(), t.Output()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	l.stop = sync.OnceFunc(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // killed
		runtime.CloseClientConnections()
		runtime.Close()
	})
	t.Cleanup(l.stop)
	return l
}

func (l *lambda) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := strings.TrimPrefix(r.URL.Path, "/2018-06-01/runtime/"); {
	case path == "invocation/next":
		l.once.Do(func() { close(l.polled) })
		select {
		case event := <-l.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:"+l.name)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(l.left).UnixMilli()))
			_, _ = w.Write(event)
		case <-r.Context().Done():
		}
	default: // invocation/request-1/response, invocation/request-1/error, init/error
		body, _ := io.ReadAll(r.Body)
		l.answers <- answer{body, strings.HasSuffix(path, "/error")}
		w.WriteHeader(http.StatusAccepted)
	}
}

// invoke sends an event and returns what the function answered.
func (l *lambda) invoke(t testing.TB, event any) []byte {
	t.Helper()
	body, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	timeout := time.After(3 * time.Minute)
	select {
	case l.events <- body:
	case got := <-l.answers:
		t.Fatalf("%s did not start: %s", l.name, got.body)
	case <-timeout:
		t.Fatalf("%s takes no event", l.name)
	}
	select {
	case got := <-l.answers:
		if got.failed {
			t.Fatalf("%s failed: %s", l.name, got.body)
		}
		return got.body
	case <-timeout:
		t.Fatalf("%s does not answer", l.name)
	}
	return nil
}
