// Collection: marking, sweeping, and when which of it. Time of a collection of all objects: those that are alive, those
// that were made since the one before, and a bit for each 8 bytes that were ever used.
//
// Marks stay from one collection to the next: an object that has one is old. A collection of young objects stops at old
// ones. Where it starts are the roots, as always, and what was written into old objects since the latest collection,
// which the cards tell (CARD_SHIFT in src-ts/abi/gc-layout.ts); only memory that young objects were in is swept. Its
// time: young objects that are alive, roots, written cards, and a byte for each card. Old objects that nothing leads to
// any more are found when marks are made anew, and keep till then what they refer to. (A. Demers et al., Combining
// Generational and Conservative Garbage Collection: Framework and Implementations, POPL 1990.)

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "exception-table.h"
#include "heap.h"
#include "os/memory.h"
#include "roots.h"

namespace wn {

// Eight cards that nothing was written to.
static constexpr u64 kClean = ~u64{0};

// ---- where objects are ----

void Heap::note_starts(Piece* p) {
  if (p->noted) return;
  p->noted = true;
  for (u32 ref = p->at; ref < p->end; ref += static_cast<u32>(size_of(ref))) note_start(ref);
}

void Heap::note_starts() {
  close_piece();
  for (Piece& p : pieces) note_starts(&p);
}

// Those of the piece that has this place, if one has it.
void Heap::note_starts_around(u32 ref) {
  auto it = std::upper_bound(pieces.begin(), pieces.end(), ref, [](u32 r, const Piece& p) { return r < p.at; });
  if (it == pieces.begin()) return;
  Piece* p = &*(it - 1);
  if (ref < p->end) note_starts(p);
}

// ---- marks ----

// A reference in an object. What has a mark was followed, or is old.
inline void Heap::mark(u32 ref) {
  if ((ref & 7) != 0 || ref == 0 || ref >= top || is_marked(ref)) return;
  marks[ref >> 9] |= u64{1} << (ref >> 3 & 63);
  if (open_count == open_size)
    overflowed = true;
  else
    open[open_count++] = ref;
  __builtin_prefetch(base + ref);
}

// The object that an address is in, if any, is found by the nearest start below.
void Heap::mark_word(u64 word) {
  if (word < top) {
    u32 ref = static_cast<u32>(word);
    if ((ref & 7) != 0 || ref < first) return;
    note_starts_around(ref);
    if (starts_at(ref)) mark(ref);
    return;
  }
  u64 offset = word - reinterpret_cast<u64>(base);
  if (offset < first || offset >= top) return;
  note_starts_around(static_cast<u32>(offset));
  u64 w = offset >> 9;
  u64 bits = starts[w] << (63 - (offset >> 3 & 63)) >> (63 - (offset >> 3 & 63));
  while (bits == 0 && w > first >> 9) bits = starts[--w];
  if (bits == 0) return;
  u32 ref = static_cast<u32>(w << 9 | static_cast<u64>(63 - __builtin_clzll(bits)) << 3);
  if (offset < ref + size_of(ref)) mark(ref);
}

void Heap::mark_words(const char* from, const char* to) {
  for (const char* p = from; p + 8 <= to; p += 8) {
    u64 word;
    memcpy(&word, p, 8);
    if (word == 0) continue;
    mark_word(static_cast<u32>(word));
    if (word >> 32 == 0) continue;
    mark_word(word >> 32);
    mark_word(word);
  }
  root_bytes += static_cast<u64>(to - from);
}

void Heap::mark_references(u32 ref) {
  char* record = record_of(ref);
  char* object = base + ref;
  if (field<u32>(record, WN_TYPE_RECORD_KIND) == kGcStruct) {
    u64 map = field<u64>(record, WN_TYPE_RECORD_REFERENCES);
    if (map != kLongMap) {
      for (; map != 0; map &= map - 1) mark(field<u32>(object, 4 * __builtin_ctzll(map)));
      return;
    }
    for (u32 r : type_of(ref)->references) {
      if (is_followed(reference_kind(r))) mark(field<u32>(object, reference_offset(r)));
    }
  } else {
    mark_elements(ref, 0, reserved);
  }
}

// Those of an array that are in a part of the heap.
void Heap::mark_elements(u32 ref, u64 from, u64 to) {
  if (!is_followed(type_of(ref)->element)) return;
  from = std::max<u64>(from, ref + kGcElements);
  to = std::min<u64>(to, ref + kGcElements + 4 * u64{length_of(ref)});
  for (; from < to; from += 4) mark(field<u32>(base, static_cast<std::ptrdiff_t>(from)));
}

// What was written into old objects since the latest collection, and that nothing is from now on. `follow`: it is
// marked.
void Heap::look_at_written(bool follow) {
  constexpr u64 kCards = sizeof(u64);
  written_bytes = 0;
  u32 before = 0;           // the nearest old object that begins below the card
  u64 looked = first >> 9;  // from which card on it is looked for
  for (u64 group = first >> 9; group << 9 < top; group += kCards) {
    u64& cards = field<u64>(base, static_cast<std::ptrdiff_t>(group));
    if (cards == kClean) continue;
    for (u64 c = group; c < group + kCards; c++) {
      if (field<u8>(base, static_cast<std::ptrdiff_t>(c)) != 0) continue;
      u64 w = c;
      while (w > looked && marks[w - 1] == 0) w--;
      if (w > looked)
        before = static_cast<u32>((w - 1) << 9 | static_cast<u64>(63 - __builtin_clzll(marks[w - 1])) << 3);
      looked = c;
      bool reaches = before != 0 && before + size_of(before) > c << 9;
      if (marks[c] == 0 && !reaches) continue;
      written_bytes += 512;
      if (follow) mark_card(c, reaches ? before : 0);
    }
    cards = kClean;
  }
}

// References of structures that begin there, and elements there of arrays, of which `before` may be one.
void Heap::mark_card(u64 card, u32 before) {
  u64 from = card << 9, to = (card + 1) << 9;
  if (before != 0 && field<u32>(record_of(before), WN_TYPE_RECORD_KIND) == kGcArray) mark_elements(before, from, to);
  for (u64 bits = marks[card]; bits != 0; bits &= bits - 1) {
    u32 ref = static_cast<u32>(from | static_cast<u64>(__builtin_ctzll(bits)) << 3);
    if (field<u32>(record_of(ref), WN_TYPE_RECORD_KIND) == kGcArray)
      mark_elements(ref, from, to);
    else
      mark_references(ref);
  }
}

void Heap::trace() {
  for (;;) {
    while (open_count > 0) mark_references(open[--open_count]);
    if (!overflowed) return;
    overflowed = false;
    for (u64 w = first >> 9; w << 9 < top; w++) {
      for (u64 bits = marks[w]; bits != 0; bits &= bits - 1)
        mark_references(static_cast<u32>(w << 9 | static_cast<u64>(__builtin_ctzll(bits)) << 3));
    }
  }
}

void Heap::mark_roots() {
  root_bytes = 0;
  each_exact_root(env, [this](u32 word) {
    mark_word(word);
    root_bytes += sizeof word;
  });
  each_exception_reference(env, [this](u32 word) {
    mark_word(word);
    root_bytes += sizeof word;
  });
  for (const auto& [ref, e] : exposed) mark_word(ref);
  root_bytes += 64 * exposed.size();
  mark_words(reinterpret_cast<char*>(env->arguments), reinterpret_cast<char*>(env->arguments + kArgumentSlots));
  each_frames(env, [this](const char* from, const char* to) { mark_words(from, to); });
  const Thread* t = env->thread;
  if (registers_kept)
    mark_words(reinterpret_cast<const char*>(t->registers),
               reinterpret_cast<const char*>(t->registers + kThreadRegisters));
}

// With gc_stressed: marks that are made anew are of objects that have one already, else a collection of young objects
// has missed what is alive.
void Heap::verify() {
  const u64 words = (top >> 9) + 1;
  const std::vector<u64> found(marks, marks + words);
  memset(marks, 0, words * 8);
  mark_roots();
  trace();
  for (u64 w = 0; w < words; w++) {
    u64 missed = marks[w] & ~found[w];
    if (missed == 0) continue;
    u64 ref = w << 9 | static_cast<u64>(__builtin_ctzll(missed)) << 3;
    fprintf(stderr, "collection %llu has missed the object %llx of type %x\n",
            static_cast<unsigned long long>(collections), static_cast<unsigned long long>(ref),
            field<u32>(base + ref, WN_GC_TYPE_ID));
    abort();
  }
  memcpy(marks, found.data(), words * 8);
}

// ---- free memory ----

// What is between the marked objects becomes runs.
void Heap::sweep() {
  small.clear();
  large.clear();
  rest.clear();
  next_small = next_large = 0;
  live = 0;
  u64 free = first;
  for (u64 w = first >> 9; w << 9 < top; w++) {
    for (u64 bits = marks[w]; bits != 0; bits &= bits - 1) {
      u64 ref = w << 9 | static_cast<u64>(__builtin_ctzll(bits)) << 3;
      u64 size = size_of(static_cast<u32>(ref));
      live += size;
      add_run(ref - free >= kMedium ? large : small, free, ref);
      free = ref + size;
    }
    starts[w] = marks[w];
  }
  // The rest is new memory again.
  top = free;
}

// What is between marked objects in memory that young ones were in. Adds what is alive to `live`; how many bytes are
// neither free nor in gaps that are long enough to be used.
u64 Heap::sweep_young(std::vector<Run>* gaps) {
  u64 kept = 0;
  for (size_t k = 0; k < pieces.size();) {
    const u64 at = pieces[k].at;
    u64 end = pieces[k++].end;
    // Pieces of one run.
    for (; k < pieces.size() && pieces[k].at == end; k++) end = pieces[k].end;
    u64 free = at;
    kept += end - at;
    auto leave = [&](u64 to) {
      add_run(*gaps, free, to);
      if (to - free >= least_run) kept -= to - free;
    };
    for (u64 w = at >> 9; w << 9 < end; w++) {
      u64 bits = marks[w];
      if (w << 9 < at) bits &= ~u64{0} << (at >> 3 & 63);
      if ((w + 1) << 9 > end) bits &= ~(~u64{0} << (end >> 3 & 63));
      for (; bits != 0; bits &= bits - 1) {
        u64 ref = w << 9 | static_cast<u64>(__builtin_ctzll(bits)) << 3;
        leave(ref);
        u64 size = size_of(static_cast<u32>(ref));
        live += size;
        free = ref + size;
      }
      starts[w] = marks[w];
    }
    leave(end);
  }
  return kept;
}

// What was not used of the runs is used again, with what young objects have left.
void Heap::merge_runs(const std::vector<Run>& gaps) {
  auto below = [](const Run& x, const Run& y) { return x.at < y.at; };
  std::vector<Run> unused, others, all;
  std::sort(rest.begin(), rest.end(), below);
  bool done = attempt([&] {
    std::merge(small.begin() + static_cast<std::ptrdiff_t>(next_small), small.end(),
               large.begin() + static_cast<std::ptrdiff_t>(next_large), large.end(), std::back_inserter(unused), below);
    std::merge(rest.begin(), rest.end(), gaps.begin(), gaps.end(), std::back_inserter(others), below);
    std::merge(unused.begin(), unused.end(), others.begin(), others.end(), std::back_inserter(all), below);
  });
  small.clear();
  large.clear();
  rest.clear();
  next_small = next_large = 0;
  // Without memory for the lists: after the next collection of all objects.
  for (size_t k = 0; done && k < all.size();) {
    const u64 at = all[k].at;
    u64 end = all[k++].end;
    for (; k < all.size() && all[k].at == end; k++) end = all[k].end;
    if (end == top)
      top = at;
    else
      add_run(end - at >= kMedium ? large : small, at, end);
  }
}

// Gives pages that are not needed soon back to the system. `inside`: also those between objects.
void Heap::give_back(bool inside) {
  const u64 soon = std::max({kLeastBudget, live, root_bytes});
  const u64 keep = align_up(align_up(top, kStep) + soon, kOsPage);
  if (clean > keep && os::give_back(base + keep, align_up(clean, kOsPage) - keep))
    clean = keep;
  else if (clean > keep && os::clear(base + keep, committed - keep))
    committed = clean = keep;
  constexpr u64 kWorth = 256 << 10;
  u64 kept = 0;
  for (size_t k = 0; inside && k < large.size(); k++) {
    const Run& r = large[k];
    u64 from = align_up(r.at, kOsPage), to = r.end & ~(kOsPage - 1);
    if (kept < soon || to < from + kWorth)
      kept += r.end - r.at;
    else
      os::give_back(base + from, to - from);
  }
}

// ---- when ----

static bool has_generations() {
  static const bool on = [] {
    const char* v = getenv("WAMR_NATIVE_GC_GENERATIONS");
    return v == nullptr || strcmp(v, "0") != 0;
  }();
  return on;
}

// Memory that was dropped after it had become old is found when so many times as much was allocated as was alive.
static constexpr u64 kPatience = 8;

// Whether all objects are looked at the next time: when those that became old since the latest time would be more than
// were alive then.
bool Heap::is_full_due() const {
  if (unlisted || !has_generations()) return true;
  if (gc_stressed()) return collections % 4 == 0;
  if (!pays_young) return true;
  const u64 least = std::max(kLeastBudget, live_at_full);
  return static_cast<double>(kept_since_full) + static_cast<double>(allocated) * kept_part >
             static_cast<double>(least) ||
         since_full > kPatience * least;
}

// How it goes for young objects: they had so many bytes, of which so many are still in use.
void Heap::judge(u64 young, u64 kept) {
  if (young > 0) kept_part = static_cast<double>(kept) / static_cast<double>(young);
  // Where few die young, they get more time.
  if (kept_part > 0.5)
    nursery = std::min(nursery * 2, std::max(kLeastBudget, live));
  else if (kept_part < 0.125)
    nursery = std::max(kLeastBudget, nursery / 4);
  // What was written, and what lives, cost time when young objects are collected; all that is alive if all are.
  pays_young = has_generations() && 2 * (written_bytes + kept) < live_at_full + kept;
}

// After a collection: when the next one is.
void Heap::plan() {
  allocated = 0;
  if (pays_young)
    budget = std::max(nursery, std::max(root_bytes, written_bytes) + top / 64 + 64 * (small.size() + large.size()));
  else
    budget = std::max({kLeastBudget, live, root_bytes});
}

void Heap::collect(Collection what) {
  close_run();
  least_run = what == kTight ? 8 : kSmall;
  std::sort(pieces.begin(), pieces.end(), [](const Piece& x, const Piece& y) { return x.at < y.at; });
  // Whether to collect young objects alone would pay is found out now and then where little is alive: that costs a part
  // of what marking does.
  constexpr u64 kEvery = 8;
  const bool full = what != kYoung, now_and_then = full && ++full_collections % kEvery == 0;
  const bool judged = !full || pays_young || now_and_then || live_at_full > kLeastBudget;
  if (full) {
    if (judged)
      look_at_written(false);
    else
      memset(card(first), 0xff, static_cast<size_t>(card(top) - card(first)) + 1);
    memset(marks + (first >> 9), 0, ((top - first) >> 9) * 8 + 8);
  }
  mark_roots();
  if (!full) look_at_written(true);
  trace();
  if (!full && gc_stressed()) verify();
  u64 young = 0, kept = 0;
  for (const Piece& p : pieces) young += p.end - p.at;
  std::vector<Run> gaps;
  if (judged) kept = sweep_young(&gaps);
  pieces.clear();
  collections++;
  if (full) {
    sweep();
    give_back(now_and_then || since_full > kPatience * live_at_full);
    live_at_full = live;
    since_full = kept_since_full = 0;
    unlisted = false;
  } else {
    merge_runs(gaps);
    kept_since_full += kept;
  }
  if (judged) judge(young, kept);
  plan();
}

}  // namespace wn
