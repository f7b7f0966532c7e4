//go:build !linux && !darwin

package smtp

import "os"

// bootID is unknown here: there are no notes.
func bootID() string { return "" }

func lockFile(*os.File) error { return errLocked }
