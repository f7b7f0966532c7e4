package smtp

import "syscall"

// bootID names the time since the machine was started.
func bootID() string {
	id, err := syscall.Sysctl("kern.bootsessionuuid")
	if err != nil || len(id) != bootSize {
		return ""
	}
	return id
}
