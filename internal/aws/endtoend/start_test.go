package endtoend

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkColdStart measures each function from exec to its first poll of the
// Runtime API, which is what a reader waits for after Lambda has made room, and
// tells the size of its binary. The marks: 15 ms; 15 MB for deliver, feedback and
// sweep, 20 MB for the others.
func BenchmarkColdStart(b *testing.B) {
	dir := build(b)
	env := map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"MASTHEAD_TABLE": "t", "MASTHEAD_QUEUE": "https://sqs.example.org/lanes", "MASTHEAD_CONFIGURATION_SET": "masthead", "MASTHEAD_SECRETS": "/masthead",
		"MASTHEAD_FROM": "digest@news.example.org", "MASTHEAD_BASE_URL": "https://news.example.org",
	}
	for _, name := range functions {
		b.Run(name, func(b *testing.B) {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				b.Fatal(err)
			}
			var took time.Duration
			for b.Loop() {
				began := time.Now()
				l := start(b, dir, name, env)
				<-l.polled
				took += time.Since(began)
				l.stop()
			}
			b.ReportMetric(float64(took.Microseconds())/1000/float64(b.N), "ms/start")
			b.ReportMetric(float64(info.Size())/1e6, "MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}
