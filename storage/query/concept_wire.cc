#include "storage/query/concept_wire.h"

#include <array>
#include <cstdint>

#include "storage/query/concept_view.h"
#include "storage/query/wire_writer.h"

namespace codeset::query {
namespace {

using image::kNoNode;
using image::Node;
using image::NodeIndex;
using v1::Concept;

}  // namespace

// A concept taken apart, and how many bytes it has.
struct ConceptWire::Parts {
  Node node;
  Id id;
  Id parent;
  absl::string_view title;
  absl::string_view short_title;
  // Empty where it is the title.
  absl::string_view tabular_title;
  bool has_tabular_title = false;
  uint32_t child_count = 0;
  absl::string_view chapter;
  absl::string_view section;
  v1::Placement placement = v1::PLACEMENT_UNSPECIFIED;
  // Notes, 7th characters and the table of visual impairment.
  absl::string_view tabular;
  bool has_placeholder = false;
  bool has_poa = false;
  // What the EFFECTIVE view adds.
  std::string effective;
  size_t size = 0;
};

ConceptWire::ConceptWire(const image::Image& image, v1::ConceptView view)
    : image_(image), view_(view), poa_known_(image.spec().poa.has_value()) {
  placement_ = image.structure_from().empty() ? v1::PLACEMENT_OWN : v1::PLACEMENT_BORROWED;
  if (view == v1::CONCEPT_VIEW_BASIC) {
    tabular_state_ = v1::TABULAR_STATE_NOT_REQUESTED;
    return;
  }
  tabular_state_ = image.Has(model::FacetGroup::kTabular) ? v1::TABULAR_STATE_KNOWN
                                                          : v1::TABULAR_STATE_NOT_KNOWN;
  tabular_ = &image.tabular_wire();
}

void ConceptWire::Warm(absl::Span<const uint64_t> keys) const {
  for (const uint64_t key : keys) image_.FetchKey(key);
  std::array<NodeIndex, kWarm> nodes;
  size_t count = 0;
  for (const uint64_t key : keys) {
    if (const std::optional<NodeIndex> node = image_.GuessPacked(key)) nodes[count++] = *node;
    if (count == nodes.size()) break;
  }
  const absl::Span<const NodeIndex> found(nodes.data(), count);
  for (const NodeIndex node : found) {
    image_.FetchPlace(node);
    if (tabular_ != nullptr) tabular_->FetchSlot(node);
  }
  for (const NodeIndex node : found) {
    image_.FetchContent(node);
    if (tabular_ != nullptr) tabular_->FetchPart(node);
  }
  for (const NodeIndex node : found) {
    image_.FetchText(node);
    if (tabular_ != nullptr) tabular_->FetchBytes(node);
  }
}

void ConceptWire::Gather(NodeIndex index, Parts& parts) const {
  parts.node = image_.node(index);
  const Node& node = parts.node;
  const bool is_code = node.row != nullptr;
  Spell(node.key, is_code, parts.id);
  size_t size = BytesSize(Concept::kIdFieldNumber, parts.id.size) +
                NumberSize(Concept::kKindFieldNumber, node.kind);
  if (is_code) {
    parts.title = node.row->long_title;
    parts.short_title = node.row->short_title;
    size += BytesSize(Concept::kShortTitleFieldNumber, parts.short_title.size()) +
            NumberSize(Concept::kBillableFieldNumber, 1) +
            NumberSize(Concept::kOrderNumberFieldNumber, node.order_number);
    if (node.tabular_title_differs) {
      parts.has_tabular_title = true;
      parts.tabular_title = node.diag->title;
      size += BytesSize(Concept::kTabularTitleFieldNumber, parts.tabular_title.size());
    }
    parts.has_poa = node.billable && poa_known_;
    if (parts.has_poa) size += NumberSize(Concept::kPoaExemptFieldNumber, 1);
  } else {
    parts.title = node.structure->title;
  }
  if (!parts.title.empty()) size += BytesSize(Concept::kTitleFieldNumber, parts.title.size());
  for (NodeIndex child = index + 1; child < node.end; child = image_.node(child).end) {
    ++parts.child_count;
  }
  if (parts.child_count > 0) size += NumberSize(Concept::kChildCountFieldNumber, parts.child_count);
  if (node.parent != kNoNode) {
    const Node parent = image_.node(node.parent);
    const bool parent_is_code = parent.row != nullptr;
    // A code begins as its parent does, and lies in the cache already.
    Spell(parent_is_code ? node.key.substr(0, parent.key.size()) : parent.key, parent_is_code,
          parts.parent);
    size += BytesSize(Concept::kParentIdFieldNumber, parts.parent.size);
  }
  // The innermost section, and the chapter; a chapter or section lies in itself.
  for (NodeIndex i = index; i != kNoNode;) {
    const Node above = image_.node(i);
    if (above.kind == v1::CONCEPT_KIND_SECTION && parts.section.empty()) {
      parts.section = above.key;
      size += BytesSize(Concept::kSectionIdFieldNumber, parts.section.size());
    } else if (above.kind == v1::CONCEPT_KIND_CHAPTER) {
      parts.chapter = above.key;
      size += BytesSize(Concept::kChapterIdFieldNumber, parts.chapter.size());
    }
    i = above.parent;
  }
  parts.placement = node.placed ? placement_ : v1::PLACEMENT_NOT_KNOWN;
  size += NumberSize(Concept::kPlacementFieldNumber, parts.placement) +
          NumberSize(Concept::kTabularStateFieldNumber, tabular_state_);
  if (tabular_ != nullptr) {
    parts.tabular = tabular_->Of(index);
    size += parts.tabular.size();
    parts.has_placeholder = node.diag != nullptr;
    if (parts.has_placeholder) size += NumberSize(Concept::kPlaceholderFieldNumber, 1);
  }
  if (view_ == v1::CONCEPT_VIEW_EFFECTIVE) {
    Concept message;
    AddEffectiveView(image_, index, message);
    message.SerializeToString(&parts.effective);
    size += parts.effective.size();
  }
  parts.size = size;
}

void ConceptWire::Write(const Parts& parts, std::string& bytes) const {
  const Node& node = parts.node;
  const bool is_code = node.row != nullptr;
  uint8_t* out = Extend(bytes, parts.size);
  out = WriteText(Concept::kIdFieldNumber, parts.id.view(), out);
  out = WriteNumber(Concept::kKindFieldNumber, node.kind, out);
  if (!parts.title.empty()) out = WriteText(Concept::kTitleFieldNumber, parts.title, out);
  if (is_code) {
    out = WriteText(Concept::kShortTitleFieldNumber, parts.short_title, out);
    out = WriteNumber(Concept::kBillableFieldNumber, node.billable ? 1 : 0, out);
  }
  if (parts.has_tabular_title) {
    out = WriteText(Concept::kTabularTitleFieldNumber, parts.tabular_title, out);
  }
  if (parts.parent.size > 0) {
    out = WriteText(Concept::kParentIdFieldNumber, parts.parent.view(), out);
  }
  if (parts.child_count > 0) {
    out = WriteNumber(Concept::kChildCountFieldNumber, parts.child_count, out);
  }
  if (is_code) out = WriteNumber(Concept::kOrderNumberFieldNumber, node.order_number, out);
  if (!parts.chapter.empty()) out = WriteText(Concept::kChapterIdFieldNumber, parts.chapter, out);
  if (!parts.section.empty()) out = WriteText(Concept::kSectionIdFieldNumber, parts.section, out);
  out = WriteNumber(Concept::kPlacementFieldNumber, parts.placement, out);
  out = WriteNumber(Concept::kTabularStateFieldNumber, tabular_state_, out);
  out = WriteRaw(parts.tabular, out);
  if (parts.has_placeholder) {
    out = WriteNumber(Concept::kPlaceholderFieldNumber, node.placeholder ? 1 : 0, out);
  }
  if (parts.has_poa) {
    out = WriteNumber(Concept::kPoaExemptFieldNumber, node.poa_exempt ? 1 : 0, out);
  }
  WriteRaw(parts.effective, out);
}

void ConceptWire::AppendField(int field, NodeIndex node, std::string& bytes) const {
  Parts parts;
  Gather(node, parts);
  WriteLength(field, parts.size, Extend(bytes, BytesSize(field, parts.size) - parts.size));
  Write(parts, bytes);
}

void ConceptWire::AppendNested(int outer, int inner, NodeIndex node, absl::string_view rest,
                               std::string& bytes) const {
  Parts parts;
  Gather(node, parts);
  const size_t head = BytesSize(inner, parts.size) - parts.size;
  const size_t size = head + parts.size + rest.size();
  WriteLength(inner, parts.size,
              WriteLength(outer, size, Extend(bytes, BytesSize(outer, size) - size + head)));
  Write(parts, bytes);
  bytes.append(rest.data(), rest.size());
}

}  // namespace codeset::query
