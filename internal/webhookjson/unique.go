package webhookjson

import "hash/maphash"

// linearNames is up to how many names of an object are compared with one
// another; objects with more go through a hash table.
const linearNames = 16

// uniqueNames finds duplicate names in one object while nothing is built from
// it. Its names lie on the decoder's stack, above those of the objects around.
type uniqueNames struct {
	base int
	seen uint64 // which fingerprints of names occurred
}

func (d *decoder) uniqueNames() uniqueNames { return uniqueNames{base: len(d.keys)} }

func (u *uniqueNames) add(d *decoder, name string) error {
	if len(d.keys)-u.base < linearNames {
		bit := fingerprint(name)
		if u.seen&bit != 0 {
			for _, other := range d.keys[u.base:] {
				if other == name {
					return d.duplicate()
				}
			}
		}
		u.seen |= bit
	}
	d.keys = append(d.keys, name)
	return nil
}

// close checks what add did not, and takes the names off the stack.
func (u *uniqueNames) close(d *decoder) error {
	names := d.keys[u.base:]
	if len(names) > linearNames && !d.set.distinct(names) {
		return d.duplicate()
	}
	clear(names)
	d.keys = d.keys[:u.base]
	return nil
}

func (d *decoder) duplicate() error { return d.fail("duplicate name in an object") }

// fingerprint sets one of 64 bits, mostly a different one for different names.
func fingerprint(name string) uint64 {
	n := len(name)
	if n == 0 {
		return 1
	}
	return 1 << ((uint(n) + 7*uint(name[0]) + 11*uint(name[n-1]) + 3*uint(name[n/2])) % 64)
}

// keySet is an open hash table of indexes into a list of names, counted from
// 1, that is emptied for each list. Its seed is random, so that nobody can
// choose names which collide.
type keySet struct {
	seed  maphash.Seed
	slots []uint32
}

func (s *keySet) distinct(names []string) bool {
	size := 64
	for size < 2*len(names) {
		size *= 2
	}
	if len(s.slots) < size {
		s.seed, s.slots = maphash.MakeSeed(), make([]uint32, size)
	}
	slots := s.slots[:size]
	clear(slots)
	for i, name := range names {
		at := maphash.String(s.seed, name)
		for ; slots[at%uint64(size)] != 0; at++ {
			if names[slots[at%uint64(size)]-1] == name {
				return false
			}
		}
		slots[at%uint64(size)] = uint32(i + 1)
	}
	return true
}
