//go:build linux || darwin

package smtp

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes a lock that ends with the process, or when the file is closed.
// errLocked: somebody else has it.
func lockFile(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
