// Package awstest starts the stand-ins for AWS that tests run against. It answers
// on the loopback interface only, and what it starts ends with the test.
package awstest

import (
	"bufio"
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config" // reads the account that AWS_ENDPOINT_URL_DYNAMODB belongs to
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
)

// Dynalite is the stand-in for DynamoDB: an npm package, Apache-2.0.
const Dynalite = "dynalite@4.0.0"

// DynamoDB is a client of the endpoint that AWS_ENDPOINT_URL_DYNAMODB names, or
// of a Dynalite started for this test. Where Node is missing, the test is
// skipped, unless CI=true.
func DynamoDB(t testing.TB) *dynamodb.Client {
	t.Helper()
	if os.Getenv("AWS_ENDPOINT_URL_DYNAMODB") != "" {
		named, err := config.LoadDefaultConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return dynamodb.NewFromConfig(named)
	}
	return dynamodb.NewFromConfig(Config(startDynalite(t)))
}

// Config is that of a stand-in, which takes any credentials.
func Config(endpoint string) aws.Config {
	return aws.Config{Region: "eu-central-1", BaseEndpoint: aws.String(endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		})}
}

// Table makes an empty table and removes it after the test.
func Table(t testing.TB, client *dynamodb.Client) string {
	t.Helper()
	name := "masthead-test-" + rand.Text()
	if err := dynamo.CreateTable(t.Context(), client, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			t.Error(err)
		}
	})
	return name
}

// serve runs Dynalite as a library: that way it tells its port, and ends with its
// standard input even if the test is killed.
const serve = `
const server = require(process.argv[1])({createTableMs: 0, deleteTableMs: 0})
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))
process.stdin.resume().on('end', () => process.exit())`

func startDynalite(t testing.TB) (endpoint string) {
	t.Helper()
	node := exec.Command(tool(t, "node"), "-e", serve, dynalite(t))
	node.Stderr = t.Output()
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		node.Wait() // it has nothing to report
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dynalite did not start: %v", err)
	}
	return strings.TrimSpace(line)
}

// dynalite is the folder of the package; npx downloads it once.
func dynalite(t testing.TB) string {
	t.Helper()
	if folder := cached(); folder != "" {
		return folder
	}
	out, err := exec.CommandContext(t.Context(), tool(t, "npx"), "--yes", "--package="+Dynalite, "-c", "command -v dynalite").Output()
	if err != nil {
		t.Fatalf("npx could not get %s: %v", Dynalite, err)
	}
	program, err := filepath.EvalSymlinks(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(program)
}

// cached looks for the package where npx keeps it, which spares half a second.
func cached() string {
	home, _ := os.UserHomeDir()
	manifests, _ := filepath.Glob(filepath.Join(home, ".npm/_npx/*/node_modules/dynalite/package.json"))
	_, version, _ := strings.Cut(Dynalite, "@")
	for _, manifest := range manifests {
		if b, err := os.ReadFile(manifest); err == nil && strings.Contains(string(b), `"version": "`+version+`"`) {
			return filepath.Dir(manifest)
		}
	}
	return ""
}

func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: %v", name, err)
	}
	t.Skipf("%s is not installed; with it, this test runs against a stand-in for AWS", name)
	return ""
}
