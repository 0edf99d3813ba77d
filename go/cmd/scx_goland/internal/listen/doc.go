// Package listen opens what the agent serves: on this machine alone, unless an address says otherwise.
package listen
