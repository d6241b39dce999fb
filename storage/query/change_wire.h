// Changes as the bytes that answers consist of, without messages: what a codeset.v1.Change made by
// SetChange (diff_messages.h) serialises to, byte for byte. Only what few changes have (notes,
// 7th characters, edits) is made as a message first.
//
// Thread-safe: a free function over immutable images.
#pragma once

#include <string>

#include "storage/image/image.h"
#include "storage/query/diff.h"

namespace codeset::query {

// Appends a field of some message, with its number and length, that is the change.
void AppendChange(int field, const image::Image& from, const image::Image& to, const Change& change,
                  std::string& bytes);

}  // namespace codeset::query
