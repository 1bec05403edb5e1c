package jose

import "math/big"

// rocaPrimes are the small primes by which the weak generator of CVE-2017-15361
// gives itself away.
var rocaPrimes = []int64{
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83,
	89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
}

// rocaGenerator is the base of all primes that the weak generator makes.
const rocaGenerator = 65537

// showsROCA reports whether n is, modulo every small prime, a power of 65537.
// Products of two primes of the weak generator always are; of other moduli
// fewer than one in 2^27 is.
func showsROCA(n *big.Int) bool {
	var rest big.Int
	for _, p := range rocaPrimes {
		r := rest.Mod(n, big.NewInt(p)).Int64()
		power := int64(1)
		for range p - 1 {
			if power == r {
				break
			}
			power = power * rocaGenerator % p
		}
		if power != r {
			return false
		}
	}
	return true
}
