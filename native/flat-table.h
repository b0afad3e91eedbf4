// Hash tables of pointers and of numbered things, each in one array: adding to them and taking from them allocates
// nothing as a rule, which is what small instances spent much of their time with.
#pragma once

#include <vector>

#include "common.h"

namespace wn {

// Elements by keys other than 0 (`KeyOf`; an element of zeros has key 0): open addressing, at most half full. Elements
// that are taken out leave no trace. Adding may throw, as containers do; nothing else does. Nothing is added to a table
// or taken from it while somebody goes through it.
template <class T, class KeyOf>
class FlatTable {
 public:
  class Iterator {
   public:
    Iterator(const T* at, const T* end) : at_(at), end_(end) { skip(); }
    const T& operator*() const { return *at_; }
    Iterator& operator++() {
      ++at_;
      skip();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    void skip() {
      while (at_ != end_ && KeyOf()(*at_) == 0) ++at_;
    }
    const T* at_;
    const T* end_;
  };

  Iterator begin() const { return {places_.data(), places_.data() + places_.size()}; }
  Iterator end() const { return {places_.data() + places_.size(), places_.data() + places_.size()}; }
  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

  // The element with that key, or null. Signal handlers may ask.
  const T* at(u64 key) const {
    if (count_ == 0 || key == 0) return nullptr;
    const T& found = places_[place_of(key)];
    return KeyOf()(found) == 0 ? nullptr : &found;
  }

  // An element whose key is not there yet.
  void add(const T& element) {
    if (2 * (count_ + 1) > places_.size()) resize(places_.empty() ? kLeast : 2 * places_.size());
    put(element);
    count_++;
  }

  // Whether it was there.
  bool remove(u64 key) {
    if (at(key) == nullptr) return false;
    size_t mask = places_.size() - 1, hole = place_of(key);
    // What stands further from its first place than the hole is goes there, so that searches still find it.
    for (size_t k = (hole + 1) & mask; KeyOf()(places_[k]) != 0; k = (k + 1) & mask) {
      if (((k - first_place(KeyOf()(places_[k]))) & mask) < ((k - hole) & mask)) continue;
      places_[hole] = places_[k];
      hole = k;
    }
    places_[hole] = T();
    if (--count_ < places_.size() / 16 && places_.size() > kLeast) attempt([this] { resize(places_.size() / 4); });
    return true;
  }

 private:
  static constexpr size_t kLeast = 16;

  // By the upper bits of a product (Fibonacci hashing): neighbours, and multiples of 64, spread evenly.
  size_t first_place(u64 key) const { return static_cast<size_t>((key * 0x9e3779b97f4a7c15u) >> shift_); }
  // Where the key is, or the free place where it would be.
  size_t place_of(u64 key) const {
    size_t mask = places_.size() - 1, k = first_place(key);
    for (u64 found; (found = KeyOf()(places_[k])) != 0 && found != key;) k = (k + 1) & mask;
    return k;
  }
  void put(const T& element) { places_[place_of(KeyOf()(element))] = element; }
  void resize(size_t n) {
    std::vector<T> old(n);
    old.swap(places_);
    for (shift_ = 64; n > 1; n /= 2) shift_--;
    for (const T& element : old) {
      if (KeyOf()(element) != 0) put(element);
    }
  }

  std::vector<T> places_;  // a power of two of them, or none
  size_t count_ = 0;
  u32 shift_ = 64;
};

struct KeyOfPointer {
  u64 operator()(const void* p) const { return reinterpret_cast<u64>(p); }
};

// A set of pointers.
template <class T>
struct PointerSet : FlatTable<T*, KeyOfPointer> {
  bool has(const T* p) const { return this->at(reinterpret_cast<u64>(p)) != nullptr; }
  void insert(T* p) {
    if (!has(p)) this->add(p);
  }
  void erase(const T* p) { this->remove(reinterpret_cast<u64>(p)); }
};

}  // namespace wn
