package smtp

import (
	"os"
	"strings"
)

// bootID names the time since the machine was started (random(4)).
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil || len(strings.TrimSpace(string(id))) != bootSize {
		return ""
	}
	return strings.TrimSpace(string(id))
}
