package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// testRecords checks what is the same for every record that carries a Rev.
func testRecords(t *testing.T, s Store) {
	check(t, s, "publication", Store.SavePublication,
		func(ctx context.Context, s Store, _ newsletter.Publication) (newsletter.Publication, error) {
			return s.Publication(ctx)
		})
	check(t, s, "source", Store.SaveSource,
		func(ctx context.Context, s Store, v newsletter.Source) (newsletter.Source, error) {
			return s.Source(ctx, v.ID)
		})
	check(t, s, "article", saveArticle,
		func(ctx context.Context, s Store, v newsletter.Article) (newsletter.Article, error) {
			return s.Article(ctx, v.ID)
		})
	check(t, s, "author", Store.SaveAuthor,
		func(ctx context.Context, s Store, v newsletter.Author) (newsletter.Author, error) {
			return s.Author(ctx, v.Key)
		})
	check(t, s, "schedule", Store.SaveSchedule,
		func(ctx context.Context, s Store, v newsletter.Schedule) (newsletter.Schedule, error) {
			return s.Schedule(ctx, v.ID)
		})
	check(t, s, "issue", Store.SaveIssue,
		func(ctx context.Context, s Store, v newsletter.Issue) (newsletter.Issue, error) {
			return s.Issue(ctx, v.ID)
		})
	check(t, s, "links", Store.SaveLinks,
		func(ctx context.Context, s Store, v newsletter.Links) (newsletter.Links, error) {
			return s.Links(ctx, v.Issue)
		})
	check(t, s, "run", Store.SaveRun,
		func(ctx context.Context, s Store, v newsletter.Run) (newsletter.Run, error) { return s.Run(ctx, v.ID) })
	check(t, s, "lane", Store.SaveLane,
		func(ctx context.Context, s Store, v newsletter.Lane) (newsletter.Lane, error) {
			return s.Lane(ctx, v.Run, v.N)
		})
	check(t, s, "batch", Store.SaveBatch,
		func(ctx context.Context, s Store, v newsletter.Batch) (newsletter.Batch, error) {
			return s.Batch(ctx, v.Run, v.Lane, v.Seq)
		})
	check(t, s, "subscriber", Store.SaveSubscriber,
		func(ctx context.Context, s Store, v newsletter.Subscriber) (newsletter.Subscriber, error) {
			return s.Subscriber(ctx, v.ID)
		})
	check(t, s, "suppression", Store.SaveSuppression,
		func(ctx context.Context, s Store, v newsletter.Suppression) (newsletter.Suppression, error) {
			return s.Suppression(ctx, v.ID)
		})
	check(t, s, "sign-in", Store.SaveSignIn,
		func(ctx context.Context, s Store, v newsletter.SignIn) (newsletter.SignIn, error) {
			return s.SignIn(ctx, v.ID)
		})
	check(t, s, "session", Store.SaveSession,
		func(ctx context.Context, s Store, v newsletter.Session) (newsletter.Session, error) {
			return s.Session(ctx, v.ID)
		})
	check(t, s, "API token", Store.SaveAPIToken,
		func(ctx context.Context, s Store, v newsletter.APIToken) (newsletter.APIToken, error) {
			return s.APIToken(ctx, v.ID)
		})
	check(t, s, "hook", Store.SaveHook,
		func(ctx context.Context, s Store, v newsletter.Hook) (newsletter.Hook, error) {
			return s.Hook(ctx, v.ID)
		})
	check(t, s, "call", Store.SaveCall,
		func(ctx context.Context, s Store, v newsletter.Call) (newsletter.Call, error) {
			return s.Call(ctx, v.Hook, v.ID)
		})
	check(t, s, "quota", Store.SaveQuota,
		func(ctx context.Context, s Store, _ newsletter.Quota) (newsletter.Quota, error) { return s.Quota(ctx) })
}

// saveArticle adds what SaveArticle refuses to add.
func saveArticle(s Store, ctx context.Context, a *newsletter.Article) error {
	if a.Rev == 0 {
		return s.AddArticle(ctx, a)
	}
	return s.SaveArticle(ctx, a)
}

// kind is one type of record and how it gets in and out of the store.
type kind[T any] struct {
	store Store
	save  func(Store, context.Context, *T) error
	get   func(context.Context, Store, T) (T, error)
}

func check[T any](t *testing.T, s Store, name string, save func(Store, context.Context, *T) error, get func(context.Context, Store, T) (T, error)) {
	k := kind[T]{s, save, get}
	t.Run(name, func(t *testing.T) {
		t.Run("one that was never saved is not found", k.testNotFound)
		t.Run("what is saved first comes first", k.testFirstSave)
		t.Run("every field survives and can be changed and emptied", k.testFields)
		t.Run("times are cut to the microsecond and put into UTC", k.testTimes)
		t.Run("an outdated record does not overwrite a newer one", k.testOutdated)
		t.Run("of many who change the same record one succeeds", k.testRace)
	})
}

// filled makes a record whose key depends on key alone and whose other fields
// depend on seed.
func filled[T any](key, seed int) T {
	var v, named T
	fill(&v, seed)
	fill(&named, key)
	return withKey(v, named)
}

// withKey copies the fields that name a record from another.
func withKey[T any](v, from T) T {
	keys := map[reflect.Type][]string{
		reflect.TypeFor[newsletter.Publication](): {},
		reflect.TypeFor[newsletter.Quota]():       {},
		reflect.TypeFor[newsletter.Author]():      {"Key"},
		reflect.TypeFor[newsletter.Links]():       {"Issue"},
		reflect.TypeFor[newsletter.Lane]():        {"Run", "N"},
		reflect.TypeFor[newsletter.Call]():        {"Hook", "ID"},
		reflect.TypeFor[newsletter.Batch]():       {"Run", "Lane", "Seq"},
	}
	names, special := keys[reflect.TypeFor[T]()]
	if !special {
		names = []string{"ID"}
	}
	for _, name := range names {
		reflect.ValueOf(&v).Elem().FieldByName(name).Set(reflect.ValueOf(from).FieldByName(name))
	}
	return v
}

func rev[T any](v *T) reflect.Value { return reflect.ValueOf(v).Elem().FieldByName("Rev") }

func (k kind[T]) load(t *testing.T, like T) T {
	t.Helper()
	v, err := k.get(ctx(t), k.store, like)
	must(t, err)
	return v
}

// current is the stored record of that key, saved now if there was none.
func (k kind[T]) current(t *testing.T, key int) T {
	t.Helper()
	v := filled[T](key, key)
	if stored, err := k.get(ctx(t), k.store, v); err == nil {
		return stored
	}
	must(t, k.save(k.store, ctx(t), &v))
	return v
}

func (k kind[T]) testNotFound(t *testing.T) {
	_, err := k.get(ctx(t), k.store, filled[T](90, 90))
	wantError(t, err, newsletter.ErrNotFound)
	v := filled[T](90, 90)
	rev(&v).SetInt(3)
	wantError(t, k.save(k.store, ctx(t), &v), newsletter.ErrConflict)
	_, err = k.get(ctx(t), k.store, v)
	wantError(t, err, newsletter.ErrNotFound)
}

func (k kind[T]) testFirstSave(t *testing.T) {
	records := make([]T, racers)
	oneWinner(t, func(i int) error {
		records[i] = filled[T](1, i+1)
		return k.save(k.store, ctx(t), &records[i])
	})
	stored := k.load(t, records[0])
	for i := range records {
		won := rev(&records[i]).Int() == 1
		if won != same(records[i], stored) {
			t.Errorf("racer %d: its Rev is %d, stored is %+v", i, rev(&records[i]).Int(), stored)
		}
	}
}

func (k kind[T]) testFields(t *testing.T) {
	v := k.current(t, 2)
	var empty T
	for i, next := range []T{filled[T](2, 3), withKey(empty, v), filled[T](2, 4)} {
		was := rev(&v).Int()
		rev(&next).SetInt(was)
		must(t, k.save(k.store, ctx(t), &next))
		v = k.load(t, next)
		if !same(v, next) {
			t.Errorf("change %d:\nsaved  %+v\nloaded %+v", i, next, v)
		}
		if rev(&v).Int() != was+1 {
			t.Errorf("change %d: Rev went from %d to %d", i, was, rev(&v).Int())
		}
	}
}

func (k kind[T]) testTimes(t *testing.T) {
	v := k.current(t, 5)
	east := time.FixedZone("east", 5*3600+45*60)
	times := 0
	eachTime(reflect.ValueOf(&v).Elem(), func(f reflect.Value) {
		f.Set(reflect.ValueOf(start.Add(789).In(east)))
		times++
	})
	must(t, k.save(k.store, ctx(t), &v))
	loaded := k.load(t, v)
	eachTime(reflect.ValueOf(&loaded).Elem(), func(f reflect.Value) {
		if loaded := f.Interface().(time.Time); loaded != start {
			t.Errorf("loaded %v, want %v", loaded, start)
		}
		times--
	})
	if times != 0 {
		t.Errorf("%d times were lost", times)
	}
}

// eachTime visits every time.Time in a record.
func eachTime(v reflect.Value, visit func(reflect.Value)) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		visit(v)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			eachTime(v.Field(i), visit)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			eachTime(v.Index(i), visit)
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		eachTime(v.Elem(), visit)
	}
}

func (k kind[T]) testOutdated(t *testing.T) {
	v := k.current(t, 6)
	old := v
	must(t, k.save(k.store, ctx(t), &v))
	for _, stale := range []int64{0, rev(&old).Int(), rev(&v).Int() + 1} {
		late := filled[T](6, 7)
		rev(&late).SetInt(stale)
		wantError(t, k.save(k.store, ctx(t), &late), newsletter.ErrConflict)
		if now := rev(&late).Int(); now != stale {
			t.Errorf("a refused save moved Rev from %d to %d", stale, now)
		}
	}
	if stored := k.load(t, v); !same(stored, v) {
		t.Errorf("stored is %+v, want %+v", stored, v)
	}
}

func (k kind[T]) testRace(t *testing.T) {
	v := k.current(t, 8)
	records := make([]T, racers)
	oneWinner(t, func(i int) error {
		records[i] = filled[T](8, 10+i)
		rev(&records[i]).Set(rev(&v))
		return k.save(k.store, ctx(t), &records[i])
	})
	stored := k.load(t, v)
	for i := range records {
		won := rev(&records[i]).Int() == rev(&v).Int()+1
		if won != same(records[i], stored) {
			t.Errorf("racer %d: won is %v, stored is %+v", i, won, stored)
		}
	}
}
