#include "storage/source/xml_grammar.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace codeset::source {
namespace {

struct ElementRule {
  absl::string_view name;
  // Names that may stand in it, separated by spaces.
  absl::string_view children;
  absl::string_view attributes;
  // Whether it holds text, and no elements.
  bool text = false;
};

constexpr absl::string_view kFactChildren =
    "name desc includes excludes1 excludes2 codeFirst codeAlso useAdditionalCode notes "
    "inclusionTerm sevenChrNote sevenChrDef";

// The most frequent first.
constexpr std::array kRules = {
    ElementRule{"note", "", "", true},
    ElementRule{"name", "", "", true},
    ElementRule{"desc", "", "", true},
    ElementRule{"diag", "diag visualImpairment", "placeholder"},
    ElementRule{"inclusionTerm", "note", ""},
    ElementRule{"excludes1", "note", ""},
    ElementRule{"excludes2", "note", ""},
    ElementRule{"includes", "note", ""},
    ElementRule{"codeFirst", "note", ""},
    ElementRule{"codeAlso", "note", ""},
    ElementRule{"useAdditionalCode", "note", ""},
    ElementRule{"notes", "note", ""},
    ElementRule{"sevenChrNote", "note", ""},
    ElementRule{"sevenChrDef", "extension note", ""},
    ElementRule{"extension", "", "char", true},
    ElementRule{"section", "diag", "id"},
    ElementRule{"sectionIndex", "sectionRef", ""},
    ElementRule{"sectionRef", "", "first last id", true},
    ElementRule{"chapter", "sectionIndex section", ""},
    ElementRule{"visualImpairment", "visCategory", ""},
    ElementRule{"visCategory", "heading value visRange", ""},
    ElementRule{"visRange", "heading visMax visMin", ""},
    ElementRule{"visMax", "heading value", ""},
    ElementRule{"visMin", "heading value", ""},
    ElementRule{"heading", "", "", true},
    ElementRule{"value", "", "", true},
    ElementRule{"version", "", "", true},
    ElementRule{"ICD10CM.tabular", "version title introduction chapter", "isAddenda"},
};

// With which an addenda in XML marks what changed.
constexpr absl::string_view kAddendaElements = "diff new old unc deactivated";

bool Lists(absl::string_view names, absl::string_view name) {
  if (names.empty()) return false;
  for (const absl::string_view listed : absl::StrSplit(names, ' ')) {
    if (listed == name) return true;
  }
  return false;
}

// A chapter, a section and a diag hold names, titles and facts beside their own.
bool HoldsFacts(absl::string_view name) {
  return name == "diag" || name == "section" || name == "chapter";
}

absl::Status CheckAttributes(const XmlDocument& xml, pugi::xml_node element,
                             const ElementRule& rule) {
  const bool is_root = element == xml.root();
  for (auto attribute = element.first_attribute(); attribute;
       attribute = attribute.next_attribute()) {
    const absl::string_view name = attribute.name();
    // A pointer to the schema says nothing about the list.
    if (is_root && (absl::StartsWith(name, "xmlns") || absl::StartsWith(name, "xsi:"))) continue;
    if (!Lists(rule.attributes, name)) {
      return xml.Malformed(element,
                           absl::StrCat("unknown attribute ", name, " of <", rule.name, ">"));
    }
    if (element.attribute(attribute.name()) != attribute) {
      return xml.Malformed(element,
                           absl::StrCat("attribute ", name, " of <", rule.name, "> stands twice"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckElement(const XmlDocument& xml, pugi::xml_node element) {
  const absl::string_view name = element.name();
  const auto rule = std::find_if(kRules.begin(), kRules.end(),
                                 [&](const ElementRule& known) { return known.name == name; });
  if (rule == kRules.end()) {
    return xml.Malformed(element, absl::StrCat("unknown element <", name, ">"));
  }
  if (absl::Status status = CheckAttributes(xml, element, *rule); !status.ok()) return status;
  for (const pugi::xml_node child : element.children()) {
    const absl::string_view child_name = child.name();
    if (child.type() != pugi::node_element) {
      if (rule->text) continue;
      return xml.Malformed(element, absl::StrCat("<", name, "> holds text of its own"));
    }
    if (Lists(rule->children, child_name) ||
        (HoldsFacts(name) && Lists(kFactChildren, child_name))) {
      continue;
    }
    if (Lists(kAddendaElements, child_name)) {
      return xml.Malformed(child, absl::StrCat("<", child_name,
                                               "> marks a change: this is an addenda, not a "
                                               "tabular list"));
    }
    return xml.Malformed(child, absl::StrCat("unknown element <", child_name, "> in <", name, ">"));
  }
  return absl::OkStatus();
}

}  // namespace codeset::source
