package newsletter

import "time"

// Forecast is what a Run would be like that started now.
type Forecast struct {
	Readers   int           // whom it would mail
	PerSecond float64       // messages a second; 0: as fast as the mail system takes them
	Takes     time.Duration // from the first message to the last; 0 where there is no rate
	PerDay    int           // the provider's quota of 24 hours; 0: none
	Left      int           // of it now; without a quota as many as there are readers
	Days      int           // 24-hour windows that it takes; 1: today's quota holds it
	Cost      float64       // US dollars, of the provider alone; 0 where it has no price
}

// NewForecast reckons with the provider's Quota, our own limit of messages a second
// (0: none), and the provider's price of 1,000 messages.
func NewForecast(readers int, q *Quota, wish, price float64, now time.Time) Forecast {
	f := Forecast{Readers: readers, PerSecond: q.Rate(wish, now), PerDay: q.PerDay, Left: min(readers, q.Left()), Days: 1, Cost: float64(readers) * price / 1000}
	last := readers // to be mailed in the last window
	if over := readers - q.Left(); over > 0 {
		days := (over + q.PerDay - 1) / q.PerDay
		f.Days += days
		last = over - (days-1)*q.PerDay
	}
	if q.PerDay > 0 {
		f.Left = q.Left()
	}
	if f.PerSecond > 0 {
		f.Takes = time.Duration(float64(last) / f.PerSecond * float64(time.Second))
	}
	f.Takes += time.Duration(f.Days-1) * 24 * time.Hour
	return f
}

// Fits tells whether today's quota holds the Run.
func (f Forecast) Fits() bool { return f.Days == 1 }

// Share is the part of the day's quota that the Run takes; 0 where there is none.
func (f Forecast) Share() float64 {
	if f.PerDay == 0 {
		return 0
	}
	return float64(f.Readers) / float64(f.PerDay)
}
