//! The row that is being collected: things beside each other that nothing has
//! printed yet.

use super::decoder::Glyph;
use super::document::{Content, Item, Run, Style};
use crate::command::Justification;

/// Things collected for a row; positions count from the left of the print area.
#[derive(Debug, Default)]
pub(super) struct Line {
    items: Vec<Item>,
    /// Where the next thing goes.
    pub(super) position_dots: u32,
}

impl Line {
    /// Whether nothing has been put into it.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether it is at its very beginning.
    pub(super) fn is_at_start(&self) -> bool {
        self.items.is_empty() && self.position_dots == 0
    }

    /// How many things it holds.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Height of the highest thing.
    pub(super) fn height_dots(&self) -> u32 {
        self.items
            .iter()
            .map(|item| item.height_dots)
            .max()
            .unwrap_or(0)
    }

    /// Puts a character; beside one of the same kind it joins its run.
    pub(super) fn put_glyph(
        &mut self,
        glyph: Glyph,
        style: Style,
        advance_dots: u32,
        height_dots: u32,
    ) {
        let position = self.position_dots;
        self.position_dots = position.saturating_add(advance_dots);
        if let Some(item) = self.items.last_mut()
            && item.right_dots() == position
            && let Content::Run(run) = &mut item.content
            && run.style == style
            && run.wide == glyph.wide
            && run.advance_dots == advance_dots
        {
            run.text.push(glyph.character);
            item.width_dots = item.width_dots.saturating_add(advance_dots);
            return;
        }
        self.items.push(Item {
            x_dots: position,
            width_dots: advance_dots,
            height_dots,
            content: Content::Run(Run {
                text: glyph.character.into(),
                style,
                advance_dots,
                wide: glyph.wide,
            }),
        });
    }

    /// Puts anything else.
    pub(super) fn put(&mut self, width_dots: u32, height_dots: u32, content: Content) {
        self.items.push(Item {
            x_dots: self.position_dots,
            width_dots,
            height_dots,
            content,
        });
        self.position_dots = self.position_dots.saturating_add(width_dots);
    }

    /// Takes what was collected, placed in an area that starts at `area_x_dots`,
    /// and starts over.
    pub(super) fn take(
        &mut self,
        area_x_dots: u32,
        area_width_dots: u32,
        justification: Justification,
    ) -> Vec<Item> {
        self.position_dots = 0;
        let mut items = std::mem::take(&mut self.items);
        let extent_dots = items.iter().map(Item::right_dots).max().unwrap_or(0);
        let room_dots = area_width_dots.saturating_sub(extent_dots);
        let shift_dots = area_x_dots
            + match justification {
                Justification::Left => 0,
                Justification::Center => room_dots / 2,
                Justification::Right => room_dots,
            };
        for item in &mut items {
            // A code's own width is not known, so whoever draws it justifies it.
            let own_shift_dots = match item.content {
                Content::Barcode(_) | Content::Symbol(_) => area_x_dots,
                Content::Run(_) | Content::Picture(_) | Content::StoredPicture { .. } => shift_dots,
            };
            item.x_dots = item.x_dots.saturating_add(own_shift_dots);
        }
        items
    }
}
