package atomicfile

import "syscall"

// The names of Windows: ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
const (
	errorHandleDiskFull = syscall.Errno(39)
	errorDiskFull       = syscall.Errno(112)
)

// diskFullErrors lists the system's errors for a full disk.
func diskFullErrors() []error { return []error{errorHandleDiskFull, errorDiskFull} }
