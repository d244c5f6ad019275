import { firstCatchStory } from './support/story';

firstCatchStory('ministack');
