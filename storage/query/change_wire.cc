#include "storage/query/change_wire.h"

#include <cstdint>

#include "absl/strings/string_view.h"
#include "codeset/v1/releases.pb.h"
#include "storage/image/concept.h"
#include "storage/query/diff_messages.h"
#include "storage/query/wire_writer.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::Node;
using image::NodeIndex;
using v1::ConceptState;

// How a concept is on one side, taken apart. `size` is 0 for a side on which it does not exist.
struct State {
  Node node;
  Id id;
  Id parent;
  absl::string_view title;
  // The fields that only the change's facet has.
  std::string facet;
  size_t size = 0;
};

void Gather(const Image& image, NodeIndex index, v1::Facet facet, State& state) {
  state.node = image.node(index);
  const bool is_code = state.node.row != nullptr;
  Spell(state.node.key, is_code, state.id);
  state.title = image::TitleOf(image, index);
  if (!state.title.empty())
    state.size += BytesSize(ConceptState::kTitleFieldNumber, state.title.size());
  if (is_code) {
    state.size +=
        BytesSize(ConceptState::kShortTitleFieldNumber, state.node.row->short_title.size()) +
        NumberSize(ConceptState::kBillableFieldNumber, 1);
  }
  if (state.node.parent != kNoNode) {
    const Node parent = image.node(state.node.parent);
    Spell(parent.key, parent.row != nullptr, state.parent);
    state.size += BytesSize(ConceptState::kParentIdFieldNumber, state.parent.size);
  }
  state.size += NumberSize(ConceptState::kKindFieldNumber, state.node.kind);
  if (HasFacetState(facet)) {
    ConceptState message;
    SetFacetState(image, index, facet, message);
    message.SerializeToString(&state.facet);
    state.size += state.facet.size();
  }
}

uint8_t* Write(int field, const State& state, uint8_t* out) {
  out = WriteLength(field, state.size, out);
  if (!state.title.empty()) out = WriteText(ConceptState::kTitleFieldNumber, state.title, out);
  if (const model::OrderRowView* row = state.node.row) {
    out = WriteText(ConceptState::kShortTitleFieldNumber, row->short_title, out);
    out = WriteNumber(ConceptState::kBillableFieldNumber, state.node.billable ? 1 : 0, out);
  }
  if (state.parent.size > 0) {
    out = WriteText(ConceptState::kParentIdFieldNumber, state.parent.view(), out);
  }
  out = WriteNumber(ConceptState::kKindFieldNumber, state.node.kind, out);
  return WriteRaw(state.facet, out);
}

}  // namespace

void AppendChange(int field, const Image& from, const Image& to, const Change& change,
                  std::string& bytes) {
  State before, after;
  size_t size = NumberSize(v1::Change::kKindFieldNumber, change.kind) +
                NumberSize(v1::Change::kFacetFieldNumber, change.facet);
  if (change.before != kNoNode) {
    Gather(from, change.before, change.facet, before);
    size += BytesSize(v1::Change::kBeforeFieldNumber, before.size);
  }
  if (change.after != kNoNode) {
    Gather(to, change.after, change.facet, after);
    size += BytesSize(v1::Change::kAfterFieldNumber, after.size);
  }
  const Id& id = change.after != kNoNode ? after.id : before.id;
  size += BytesSize(v1::Change::kIdFieldNumber, id.size);
  if (change.white_space_only) size += NumberSize(v1::Change::kWhiteSpaceOnlyFieldNumber, 1);
  std::string rest;
  if (HasDetails(change)) {
    v1::Change message;
    SetDetails(from, to, change, message);
    message.SerializeToString(&rest);
    size += rest.size();
  }
  uint8_t* out = WriteLength(field, size, Extend(bytes, BytesSize(field, size)));
  out = WriteText(v1::Change::kIdFieldNumber, id.view(), out);
  out = WriteNumber(v1::Change::kKindFieldNumber, change.kind, out);
  out = WriteNumber(v1::Change::kFacetFieldNumber, change.facet, out);
  if (before.size > 0) out = Write(v1::Change::kBeforeFieldNumber, before, out);
  if (after.size > 0) out = Write(v1::Change::kAfterFieldNumber, after, out);
  if (change.white_space_only) {
    out = WriteNumber(v1::Change::kWhiteSpaceOnlyFieldNumber, 1, out);
  }
  WriteRaw(rest, out);
}

}  // namespace codeset::query
