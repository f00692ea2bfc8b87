//! Page mode: things are put at positions of an area first and printed together.

use super::document::{Content, Item, PagePlace};
use super::line::Placed;
use super::paper::{Paper, RowSetting};
use crate::command::{Justification, PrintDirection};
use crate::profile::Profile;

/// The height of a page before `ESC W` says otherwise: 200 mm at 203 dpi.
const PAGE_HEIGHT_DOTS: u32 = 1600;

/// A page being put together.
#[derive(Debug)]
pub(super) struct Page {
    area: Area,
    direction: PrintDirection,
    /// How far down the area, seen in the print direction.
    position_dots: u32,
    /// Counts up with each area or direction: what was put under one stays together.
    part: u32,
    rows: Vec<PageRow>,
    items: usize,
}

/// A part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x_dots: u32,
    pub(super) y_dots: u32,
    pub(super) width_dots: u32,
    pub(super) height_dots: u32,
}

#[derive(Debug)]
struct PageRow {
    part: u32,
    area: Area,
    direction: PrintDirection,
    down_dots: u32,
    placed: Placed,
}

impl Page {
    pub(super) fn new(profile: &Profile) -> Self {
        Self {
            area: Area {
                x_dots: 0,
                y_dots: 0,
                width_dots: u32::from(profile.width_dots),
                height_dots: PAGE_HEIGHT_DOTS,
            },
            direction: PrintDirection::LeftToRight,
            position_dots: 0,
            part: 0,
            rows: Vec::new(),
            items: 0,
        }
    }

    /// `ESC W`. An empty area is refused, as printers do.
    pub(super) fn set_area(&mut self, area: Area, profile: &Profile) {
        let paper = u32::from(profile.width_dots);
        if area.width_dots == 0 || area.height_dots == 0 || area.x_dots >= paper {
            return;
        }
        self.area = Area {
            width_dots: area.width_dots.min(paper - area.x_dots),
            ..area
        };
        self.position_dots = 0;
        self.part += 1;
    }

    pub(super) fn set_direction(&mut self, direction: PrintDirection) {
        self.direction = direction;
        self.position_dots = 0;
        self.part += 1;
    }

    /// How long a row may be.
    pub(super) fn row_width_dots(&self) -> u32 {
        match self.direction {
            PrintDirection::LeftToRight | PrintDirection::RightToLeft => self.area.width_dots,
            PrintDirection::BottomToTop | PrintDirection::TopToBottom => self.area.height_dots,
        }
    }

    /// How far down rows may stand.
    fn extent_dots(&self) -> u32 {
        match self.direction {
            PrintDirection::LeftToRight | PrintDirection::RightToLeft => self.area.height_dots,
            PrintDirection::BottomToTop | PrintDirection::TopToBottom => self.area.width_dots,
        }
    }

    /// How many things stand on the page.
    pub(super) fn len(&self) -> usize {
        self.items
    }

    /// Puts things beside each other at the current height. Pictures and codes
    /// that would not fit below it stand on it: one who places them so means
    /// their lower edge.
    pub(super) fn put(&mut self, placed: Placed) {
        if placed.items.is_empty() {
            return;
        }
        let is_text = |item: &Item| matches!(item.content, Content::Run(_));
        let end_dots = self.position_dots.saturating_add(placed.height_dots);
        let down_dots = if end_dots > self.extent_dots() && !placed.items.iter().any(is_text) {
            self.position_dots.saturating_sub(placed.height_dots)
        } else {
            self.position_dots
        };
        self.items += placed.items.len();
        self.rows.push(PageRow {
            part: self.part,
            area: self.area,
            direction: self.direction,
            down_dots,
            placed,
        });
    }

    pub(super) fn move_down(&mut self, dots: u32) {
        self.position_dots = self.position_dots.saturating_add(dots);
    }

    /// `GS $`; beyond the lower edge it is ignored.
    pub(super) fn move_to(&mut self, dots: u32) {
        if dots <= self.extent_dots() {
            self.position_dots = dots;
        }
    }

    /// `GS \`; beyond the upper edge it is ignored.
    pub(super) fn move_up(&mut self, dots: u32) {
        self.position_dots = self
            .position_dots
            .checked_sub(dots)
            .unwrap_or(self.position_dots);
    }

    /// `CAN`: drops what stands in the current area.
    pub(super) fn clear_area(&mut self) {
        let area = self.area;
        self.rows.retain(|row| row.area != area);
        self.items = self.rows.iter().map(|row| row.placed.items.len()).sum();
    }

    /// Prints the page: what is written left to right from top to bottom
    /// whatever order it came in, then the other directions part by part.
    pub(super) fn print(&self, paper: &mut Paper, offset: u64) {
        let top_dots = paper.y_dots();
        let mut rows: Vec<(u32, u32, &PageRow)> = self
            .rows
            .iter()
            .map(|row| match row.direction {
                PrintDirection::LeftToRight => {
                    (0, row.area.y_dots.saturating_add(row.down_dots), row)
                }
                PrintDirection::BottomToTop
                | PrintDirection::RightToLeft
                | PrintDirection::TopToBottom => (row.part + 1, row.down_dots, row),
            })
            .collect();
        rows.sort_by_key(|(part, down_dots, _)| (*part, *down_dots));

        for group in rows.chunk_by(|above, below| (above.0, above.1) == (below.0, below.1)) {
            let (part, down_dots, first) = group[0];
            let upright = part == 0;
            let items: Vec<Item> = group
                .iter()
                .flat_map(|(_, _, row)| row.placed.items.iter().map(move |item| (row, item)))
                .map(|(row, item)| {
                    let mut item = item.clone();
                    if upright {
                        item.x_dots = item.x_dots.saturating_add(row.area.x_dots);
                    }
                    item
                })
                .collect();
            let largest = |of: fn(&Placed) -> u32| {
                let all = group.iter().map(|(_, _, row)| of(&row.placed));
                all.max().unwrap_or(0)
            };
            let area = first.area;
            let setting = RowSetting {
                area_x_dots: area.x_dots,
                area_width_dots: area.width_dots,
                justification: Justification::Left,
                upside_down: false,
                page: Some(PagePlace {
                    x_dots: area.x_dots,
                    y_dots: top_dots.saturating_add(area.y_dots),
                    width_dots: area.width_dots,
                    height_dots: area.height_dots,
                    direction: first.direction,
                    down_dots: first.down_dots,
                }),
            };
            let y_dots = if upright { down_dots } else { area.y_dots };
            let height_dots = largest(|placed| placed.height_dots);
            let placed = Placed {
                items,
                height_dots,
                base_dots: largest(|placed| placed.base_dots),
            };
            let y_dots = top_dots.saturating_add(y_dots);
            paper.place(placed, setting, y_dots, height_dots, offset);
        }
        let height_dots = self
            .rows
            .iter()
            .map(|row| row.area.y_dots.saturating_add(row.area.height_dots))
            .max();
        paper.feed(height_dots.unwrap_or(0));
    }
}
