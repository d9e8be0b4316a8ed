#include "settings/walk.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "settings/free_map.hpp"
#include "settings/scalars.hpp"

namespace garner {
namespace {

constexpr std::string_view not_yet = "not supported by this version yet: leave it out";

class Walker {
public:
    Walker(FileRole role, Report& report) : role_(role), report_(report) {}

    // `self` has its name, path and places already.
    void fill_section(const YamlNode& node, const Section& schema, Checked& self) {
        const Variant* variant = nullptr;
        if (!schema.variants.empty() && !choose_variant(node, schema, self, variant)) return;
        std::vector<const Key*> keys;
        for (const Key& key : schema.keys) keys.push_back(&key);
        if (variant != nullptr)
            for (const Key& key : variant->keys) keys.push_back(&key);

        for (const YamlEntry& entry : node.entries) {
            if (entry.key.starts_with("x-")) continue;
            const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key* k) { return k->name == entry.key; });
            Checked part = part_of(self, entry);
            if (const Variant* owner = key == keys.end() ? owner_of(schema, entry.key) : nullptr)
                refuse(entry.place, part,
                       "belongs to type " + std::string(owner->type) + ", not to type " + std::string(variant->type));
            else if (key == keys.end())
                refuse_unknown(keys, entry, part, self);
            else if (accepts(**key, part) && fill(*entry.value, **key, part))
                self.parts.push_back(std::move(part));
            else
                self.broken.push_back(entry.key);
        }
        for (const Key* key : keys)
            if (key->required && self.find(key->name) == nullptr && !self.is_broken(key->name))
                report_.error(self.key_place, join(self.path, key->name), "is missing: " + std::string(key->doc));
    }

private:
    static std::string join(const std::string& path, std::string_view key) {
        return path + (path.empty() ? "" : ".") + printable(key, 64);
    }

    static Checked part_of(const Checked& self, const YamlEntry& entry) {
        Checked part;
        part.name = entry.key;
        part.path = join(self.path, entry.key);
        part.key_place = entry.place;
        part.place = entry.value->place;
        return part;
    }

    bool refuse(const Place& place, const Checked& part, std::string message) {
        report_.error(place, part.path, std::move(message));
        return false;
    }

    // Without a type that is known, nothing can be said about the other keys.
    bool choose_variant(const YamlNode& node, const Section& schema, Checked& self, const Variant*& variant) {
        self.broken.emplace_back("type");
        const auto entry =
            std::find_if(node.entries.begin(), node.entries.end(), [](const YamlEntry& e) { return e.key == "type"; });
        std::vector<std::string_view> types;
        for (const Variant& v : schema.variants)
            if (!v.later) types.push_back(v.type);
        if (entry == node.entries.end()) {
            report_.error(self.key_place, join(self.path, "type"),
                          "is missing: it says the kind, such as " + std::string(types.front()));
            return false;
        }
        const Checked part = part_of(self, *entry);
        if (entry->value->kind != YamlNode::Kind::scalar)
            return refuse(part.place, part, "must be one of: " + join_words(types));
        const std::string& word = entry->value->text;
        for (const Variant& v : schema.variants)
            if (v.type == word) variant = &v;
        if (variant == nullptr) return refuse(part.place, part, wrong_choice(*entry->value, types));
        if (variant->later)
            return refuse(part.place, part,
                          "'" + word + "' is not supported by this version yet; it has: " + join_words(types));
        self.broken.clear();
        return true;
    }

    static const Variant* owner_of(const Section& schema, const std::string& key) {
        for (const Variant& variant : schema.variants)
            if (std::any_of(variant.keys.begin(), variant.keys.end(), [&](const Key& k) { return k.name == key; }))
                return &variant;
        return nullptr;
    }

    void refuse_unknown(const std::vector<const Key*>& keys, const YamlEntry& entry, const Checked& part,
                        Checked& self) {
        if (report_.full()) return;
        std::vector<std::string_view> known;
        std::vector<std::string_view> usable;
        for (const Key* key : keys) {
            known.push_back(key->name);
            if (key->later.empty()) usable.push_back(key->name);
        }
        std::string meant = near_miss(entry.key, known);
        if (meant.empty()) meant = near_miss(to_lower_ascii(entry.key), known);
        if (!meant.empty()) self.broken.push_back(meant);  // so it is not missing, too
        refuse(entry.place, part,
               meant.empty() ? "unknown key; known here: " + join_words(usable)
                             : "unknown key, did you mean '" + meant + "'?");
    }

    bool accepts(const Key& key, const Checked& part) {
        if (!key.later.empty())
            return refuse(part.key_place, part, std::string(not_yet) + "; " + std::string(key.later));
        if (key.main_only && role_ == FileRole::included)
            return refuse(part.key_place, part, "belongs in the main file only");
        return true;
    }

    bool fill(const YamlNode& node, const Key& key, Checked& part) {
        using Kind = YamlNode::Kind;
        const bool may_be_empty = key.kind == KeyKind::section || key.kind == KeyKind::named ||
                                  key.kind == KeyKind::named_lists || key.kind == KeyKind::text_map ||
                                  key.kind == KeyKind::free_map;
        if (node.kind == Kind::null && !may_be_empty)
            return refuse(part.key_place, part, "has no value; it takes " + std::string(wanted(key.kind)));
        const auto wrong_type = [&] {
            return refuse(
                part.place, part,
                "must be " + std::string(wanted(key.kind)) + ", not " + std::string(found(node)) +
                    (node.kind == Kind::list && !key.not_a_list.empty() ? "; " + std::string(key.not_a_list) : ""));
        };
        switch (key.kind) {
            case KeyKind::section:
            case KeyKind::named:
            case KeyKind::named_lists:
            case KeyKind::text_map:
            case KeyKind::free_map:
                if (node.kind != Kind::map && node.kind != Kind::null) return wrong_type();
                break;
            case KeyKind::sections:
                if (node.kind == Kind::map) return wrong_type();
                return fill_sections(node, key, part);
            case KeyKind::texts:
                if (node.kind == Kind::map) return wrong_type();
                return fill_texts(node, key, part);
            case KeyKind::selection:
                if (node.kind != Kind::map) return fill_selection(node, key, part);
                break;
            case KeyKind::secret:
                return fill_secret(node, part);
            default:
                if (node.kind != Kind::scalar) return wrong_type();
                return fill_scalar(node, key, part);
        }
        switch (key.kind) {
            case KeyKind::named:
                return fill_named(node, key, part);
            case KeyKind::named_lists:
                return fill_named_lists(node, key, part);
            case KeyKind::text_map:
                fill_text_map(node, key, part);
                return true;
            case KeyKind::free_map:
                part.value = free_map_json(node, key, part.path, report_);
                return true;
            default:
                fill_section(node, *key.section, part);
                return true;
        }
    }

    bool fill_scalar(const YamlNode& node, const Key& key, Checked& part) {
        std::string why = read_scalar(node, key, {report_.file(part.place).directory}, part.value);
        return why.empty() || refuse(part.place, part, std::move(why));
    }

    bool fill_texts(const YamlNode& node, const Key& key, Checked& part) {
        if (node.kind == YamlNode::Kind::list && node.items.empty())
            return refuse(part.place, part, "must name at least one");
        const bool single = node.kind == YamlNode::Kind::scalar;
        const std::size_t count = single ? 1 : node.items.size();
        bool fine = true;
        for (std::size_t i = 0; i < count; ++i) {
            const YamlNode& item = single ? node : *node.items[i];
            Checked text;
            text.path = part.path + (single ? "" : "[" + std::to_string(i) + "]");
            text.place = text.key_place = item.place;
            if (item.kind != YamlNode::Kind::scalar)
                fine = refuse(item.place, text, "must be text, not " + std::string(found(item)));
            else if (fill_scalar(item, key, text))
                part.parts.push_back(std::move(text));
            else
                fine = false;
        }
        return fine;
    }

    // A list or a single word stands for the first key of the section.
    bool fill_selection(const YamlNode& node, const Key& key, Checked& part) {
        const Key& first = key.section->keys.front();
        Checked list;
        list.name = first.name;
        list.path = part.path;
        list.key_place = part.key_place;
        list.place = part.place;
        if (!fill_texts(node, first, list)) return false;
        part.parts.push_back(std::move(list));
        return true;
    }

    bool fill_sections(const YamlNode& node, const Key& key, Checked& self) {
        if (node.kind == YamlNode::Kind::list && node.items.empty())
            return refuse(self.place, self, "must name at least one");
        const bool single = node.kind == YamlNode::Kind::scalar;
        const std::size_t count = single ? 1 : node.items.size();
        for (std::size_t i = 0; i < count; ++i) {
            const YamlNode& item = single ? node : *node.items[i];
            Checked part;
            part.path = self.path + (single ? "" : "[" + std::to_string(i) + "]");
            part.place = part.key_place = item.place;
            if (item.kind == YamlNode::Kind::map)
                fill_section(item, *key.section, part);
            else if (!first_key_suffices(*key.section))
                refuse_whole(item, *key.section, part);
            else if (item.kind == YamlNode::Kind::scalar)
                fill_first_key(item, *key.section, part);
            else
                refuse(item.place, part, "must be text or a map of keys, not " + std::string(found(item)));
            self.parts.push_back(std::move(part));
        }
        return true;
    }

    // None of the keys is known then, so nobody is to complain about one that is missing.
    void refuse_whole(const YamlNode& node, const Section& section, Checked& part) {
        refuse(part.place, part, "must be a map of keys, not " + std::string(found(node)));
        for (const Key& key : section.keys) part.broken.emplace_back(key.name);
    }

    static bool first_key_suffices(const Section& section) {
        return section.keys.front().required &&
               std::none_of(section.keys.begin() + 1, section.keys.end(), [](const Key& key) { return key.required; });
    }

    // A text stands for the section that has nothing but its first key.
    void fill_first_key(const YamlNode& item, const Section& section, Checked& part) {
        Checked text;
        text.name = section.keys.front().name;
        text.path = part.path;
        text.place = text.key_place = item.place;
        if (fill_scalar(item, section.keys.front(), text))
            part.parts.push_back(std::move(text));
        else
            part.broken.push_back(text.name);
    }

    bool fill_secret(const YamlNode& node, Checked& part) {
        SecretReference secret;
        if (node.kind == YamlNode::Kind::list)
            return refuse(part.place, part, "must be " + std::string(wanted(KeyKind::secret)) + ", not a list");
        if (node.kind == YamlNode::Kind::scalar) {
            secret.literal = Secret(node.text);
            part.value = std::move(secret);
            return true;
        }
        Checked forms;
        forms.path = part.path;
        forms.key_place = part.key_place;
        fill_section(node, secret_schema(), forms);
        const bool is_empty = std::all_of(node.entries.begin(), node.entries.end(),
                                          [](const YamlEntry& e) { return e.key.starts_with("x-"); });
        if (forms.parts.size() + forms.broken.size() > 1 || is_empty)
            return refuse(part.place, part, "must be one of {file: PATH}, {env: NAME} and {credential: NAME}");
        if (forms.parts.empty()) return false;
        const Checked& form = forms.parts.front();
        secret.form = form.name == "file"  ? SecretReference::Form::file
                      : form.name == "env" ? SecretReference::Form::env
                                           : SecretReference::Form::credential;
        secret.name = form.text();
        part.place = form.place;
        part.value = std::move(secret);
        return true;
    }

    bool fill_named(const YamlNode& node, const Key& key, Checked& self) {
        if (node.entries.size() < key.least) return refuse(self.key_place, self, "must name at least one");
        for (const YamlEntry& entry : node.entries) {
            Checked part = part_of(self, entry);
            if (std::string why = wrong_name(entry.key, {}); !why.empty()) refuse(entry.place, part, std::move(why));
            if (entry.value->kind == YamlNode::Kind::map || entry.value->kind == YamlNode::Kind::null)
                fill_section(*entry.value, *key.section, part);
            else
                refuse_whole(*entry.value, *key.section, part);
            self.parts.push_back(std::move(part));  // even when broken: others refer to it
        }
        return true;
    }

    bool fill_named_lists(const YamlNode& node, const Key& key, Checked& self) {
        for (const YamlEntry& entry : node.entries) {
            Checked part = part_of(self, entry);
            if (std::string why = wrong_name(entry.key, {}); !why.empty()) refuse(entry.place, part, std::move(why));
            if (entry.value->kind == YamlNode::Kind::list)
                fill_sections(*entry.value, key, part);
            else
                refuse(part.place, part, "must be a list of maps, not " + std::string(found(*entry.value)));
            self.parts.push_back(std::move(part));  // even when broken: others refer to it
        }
        return true;
    }

    void fill_text_map(const YamlNode& node, const Key& key, Checked& self) {
        for (const YamlEntry& entry : node.entries) {
            Checked part = part_of(self, entry);
            if (std::string why = wrong_user_name(entry.key, {}); !why.empty())
                refuse(entry.place, part, std::move(why));
            if (entry.value->kind != YamlNode::Kind::scalar)
                refuse(part.place, part, "must be text, not " + std::string(found(*entry.value)));
            else if (fill_scalar(*entry.value, key, part))
                self.parts.push_back(std::move(part));
        }
    }

    FileRole role_;
    Report& report_;
};

}  // namespace

const Checked* Checked::find(std::string_view key) const {
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const Checked& p) { return p.name == key; });
    return part == parts.end() ? nullptr : &*part;
}

bool Checked::is_broken(std::string_view key) const {
    return std::find(broken.begin(), broken.end(), key) != broken.end();
}

std::vector<std::string> Checked::texts() const {
    std::vector<std::string> all;
    for (const Checked& part : parts) all.push_back(part.text());
    return all;
}

Checked walk_configuration(const YamlNode& root, FileRole role, Report& report) {
    Checked top;
    top.key_place = top.place = {root.place.file, 1, 1};
    if (root.kind == YamlNode::Kind::map)
        Walker(role, report).fill_section(root, configuration_schema(), top);
    else if (root.kind != YamlNode::Kind::null)
        report.error(
            root.place, "",
            "must be a map of keys such as version, sources, stores and jobs, not " + std::string(found(root)));
    return top;
}

}  // namespace garner
