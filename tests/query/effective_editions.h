// Editions typed by hand, of which one thing is changed and then another.
//
//   Edition after = Burns();
//   after.diag("T25").facts.notes = {…};
//
// Thread-safe: plain values.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "storage/model/conversion.h"
#include "storage/model/release.h"
#include "tests/support/hand_made.h"

namespace codeset::query {

// An edition, as its files tell it.
struct Edition {
  model::OrderFacts order;
  std::optional<model::Tabular> tabular;
  std::optional<std::vector<std::string>> poa;
  std::optional<std::vector<model::ConversionRow>> conversion;

  model::OrderRow& Row(const std::string& code) {
    for (model::OrderRow& row : order.rows) {
      if (row.code == code) return row;
    }
    ADD_FAILURE() << code;
    return order.rows.front();
  }
  void Remove(const std::string& code) {
    std::erase_if(order.rows, [&](const model::OrderRow& row) { return row.code == code; });
  }
  model::TabularChapter& chapter(size_t place) { return tabular->chapters[place]; }
  model::TabularSection& section(const std::string& id) {
    for (model::TabularChapter& one : tabular->chapters) {
      for (model::TabularSection& section : one.sections) {
        if (section.id == id) return section;
      }
    }
    ADD_FAILURE() << id;
    return chapter(0).sections[0];
  }
  model::Diag& diag(const std::string& code) {
    for (model::TabularChapter& one : tabular->chapters) {
      for (model::TabularSection& section : one.sections) {
        for (model::TabularCategory& category : section.categories) {
          for (model::Diag& diag : category.diags) {
            if (diag.code == code) return diag;
          }
        }
      }
    }
    ADD_FAILURE() << code;
    return tabular->chapters[0].sections[0].categories[0].diags[0];
  }
};

inline model::Diag Diag(const std::string& code) {
  model::Diag diag;
  diag.code = code;
  diag.title = code;
  return diag;
}

// Chapter 12 with L55; chapter 19 with the wide section T20-T32, in it T20-T25 (T20, T25 with
// T25.0 and T25.01) and T30-T32 (T31); beside it T36-T50.
inline Edition Burns() {
  Edition burns;
  burns.order = testing::Order({{"L55", true, "L55"},
                                {"T20", true, "T20"},
                                {"T25", false, "T25"},
                                {"T250", false, "T250"},
                                {"T2501", true, "T2501"},
                                {"T31", true, "T31"},
                                {"T36", true, "T36"}});
  model::TabularSection wide = testing::Section("T20-T32", "Burns and corrosions", {});
  model::TabularSection narrow = testing::Section("T20-T25", "Burns by site", {"T20"});
  narrow.categories.push_back({"T25", {Diag("T25"), Diag("T250"), Diag("T2501")}});
  burns.tabular = {
      {testing::Chapter("12", "Skin", {testing::Section("L55-L59", "Radiation", {"L55"})}),
       testing::Chapter("19", "Injury",
                        {wide, narrow, testing::Section("T30-T32", "Extent", {"T31"}),
                         testing::Section("T36-T50", "Poisoning", {"T36"})})}};
  return burns;
}

}  // namespace codeset::query
