package deliver

import (
	"math"
	"time"
)

// batchTime is how long a worker is busy with one batch: the call to the mailer and
// two writes to the store.
const batchTime = 200 * time.Millisecond

// laneCounts are into how many lanes an audience may be cut: even shares of its 256
// buckets.
var laneCounts = []int{1, 4, 16, 64, 256}

// laneCount is the smallest number of lanes that keeps the rate busy twice over, so
// that a worker which waits or dies holds nobody up; but no more than the workers
// can walk. Rate 0 is no limit: then every worker shall have a lane.
func laneCount(rate float64, batch, workers int) int {
	needed := max(1, workers)
	if rate > 0 {
		busy := 2 * rate * batchTime.Seconds() / float64(batch)
		needed = min(needed, max(1, int(math.Ceil(busy))))
	}
	for _, n := range laneCounts {
		if n >= needed {
			return n
		}
	}
	return laneCounts[len(laneCounts)-1]
}
