package jsonpath_test

import (
	"encoding/json"
	"fmt"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

func Example() {
	var body any
	_ = json.Unmarshal([]byte(`{"shirts": [{"size": "S", "stock": 0}, {"size": "L", "stock": 4}]}`), &body)

	for _, src := range []string{"$.shirts[0].size", "shirts[?(@.stock > 0)].size", "$.shirts[0", "$.hats"} {
		path, err := jsonpath.Parse(src)
		if err != nil {
			fmt.Println(err)
			continue
		}
		value, found, err := path.Get(body)
		fmt.Println(path, path.Definite(), value, found, err)
	}
	// Output:
	// $.shirts[0].size true S true <nil>
	// $.shirts[?@.stock > 0].size false [L] true <nil>
	// jsonpath: offset 10: expected "," or "]", found the end
	// $.hats true <nil> false <nil>
}
