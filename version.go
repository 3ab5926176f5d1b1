package main

import "runtime/debug"

// version is set by the linker of a release.
var version string

// programVersion returns the release, or what the build knows of its source.
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
