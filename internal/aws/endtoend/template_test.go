package endtoend

import (
	"os"
	"os/exec"
	"testing"
)

// TestTemplateIsClean runs AWS's own linter and SAM's transformation, where they are
// installed. What the template shares with the code, archtest holds.
func TestTemplateIsClean(t *testing.T) {
	t.Parallel()
	const transform = `
import sys, yaml
from samtranslator.yaml_helper import yaml_parse
from samtranslator.translator.transform import transform
class Policies:
    def load(self): return {}
template = yaml_parse(open(sys.argv[1]).read())
template["Globals"]["Function"]["CodeUri"] = "s3://built/bootstrap.zip"
out = transform(template, {}, Policies())
kinds = [r["Type"] for r in out["Resources"].values()]
print(kinds.count("AWS::Lambda::Function"), kinds.count("AWS::Scheduler::Schedule"))`
	for _, c := range []struct {
		tool string
		args []string
		want string
	}{
		{"cfn-lint", []string{"template.yaml"}, ""},
		{"python3", []string{"-c", transform, "template.yaml"}, "7 4\n"},
	} {
		t.Run(c.tool, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(c.tool); err != nil || c.tool == "python3" && exec.Command("python3", "-c", "import samtranslator, yaml").Run() != nil {
				t.Skipf("%s is not there; with it, template.yaml is checked as AWS does", c.tool)
			}
			run := exec.Command(c.tool, c.args...)
			run.Dir, run.Env = root, append(os.Environ(), "AWS_DEFAULT_REGION=eu-central-1")
			out, err := run.CombinedOutput()
			if err != nil || string(out) != c.want {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
