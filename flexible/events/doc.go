// Package events receives events of other systems: verified, recorded before
// they are acknowledged, and worked on afterwards.
package events
