// Memory fetched ahead: who reads many things that lie apart fetches all of them first, so that the
// processor waits for them together and not for one after another.
//
// Thread-safe: free functions.
#pragma once

namespace codeset::image {

// Asks for what lies at `place`, any address, and goes on. For arrays: processors drop a prefetch
// whose address the TLB does not have.
inline void Prefetch(const void* place) { __builtin_prefetch(place); }

// The same of a byte that may be read, whatever the TLB has: for texts, which lie all over the
// heap. Reads it and does nothing with it.
inline void Touch(const void* place) { asm volatile("" : : "r"(*static_cast<const char*>(place))); }

}  // namespace codeset::image
